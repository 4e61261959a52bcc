import { type RawBuilder, sql } from 'kysely';
import type { Reach } from '../../access/reach.js';
import { isAnyOf } from '../../storage/any-of.js';

/**
 * Whether a bound caller gets to see a flow in this version. One that calls others does what those do, which may be changed
 * behind its back, so that nobody sees it who is bound to integrations or operations.
 */
export function seesFlow(
  reach: Reach,
  { id, definition }: { id: RawBuilder<unknown>; definition: RawBuilder<unknown> },
): RawBuilder<boolean> {
  const isNamed = isAnyOf(id, reach.flows);
  const integrations = reach.within('integrations');
  const operations = reach.within('operations');
  if (integrations === undefined && operations === undefined) return isNamed;
  return sql<boolean>`(${isNamed}
    and not exists (select 1 from jsonb_path_query(${definition}, '$.**.call_flow'))
    and not exists (
      select 1 from jsonb_path_query(${definition}, '$.**.action') as step (action)
      where not ${isAnyOf(sql`step.action #>> '{}'`, operations)}
        or not ${isAnyOf(sql`split_part(step.action #>> '{}', '.', 1)`, integrations)}))`;
}

/** Whether it sees a run: one of a flow that it sees, about an event of its workspaces and sources. */
export function seesRun(reach: Reach): RawBuilder<boolean> {
  const version = { id: sql`flow_versions.flow_id`, definition: sql`flow_versions.definition` };
  return sql<boolean>`(${isAnyOf(sql`flow_runs.workspace_id`, reach.within('workspaces'))}
    and ${isAnyOf(sql`flow_runs.input -> 'event' ->> 'source'`, reach.within('sources'))}
    and exists (
      select 1 from clankerbot.flow_versions
      where flow_versions.flow_id = flow_runs.flow_id and flow_versions.version = flow_runs.flow_version
        and ${seesFlow(reach, version)}))`;
}
