import { type RawBuilder, sql } from 'kysely';
import type { Reach } from '../access/reach.js';
import { seesFlow } from '../flows/runs/flow-scope.js';
import { isAnyOf } from '../storage/any-of.js';

/** Whether a bound caller sees what has this target: a schedule, or one of its runs, which keep the target that they had. */
export function seesTarget(reach: Reach, target: RawBuilder<unknown>): RawBuilder<boolean> {
  const name = sql`${target} ->> 'integration' || '.' || (${target} ->> 'operation')`;
  return sql<boolean>`(case ${target} ->> 'kind'
    when 'flow' then ${seesTargetFlow(reach, sql`${target} ->> 'flowId'`)}
    else ${sql.raw(String(reach.actsDirectly))} and ${isAnyOf(sql`(${target} ->> 'integration')`, reach.within('integrations'))}
      and ${isAnyOf(sql`(${name})`, reach.within('operations'))}
      and ${isAnyOf(sql`(${target} -> 'params' ->> 'workspaceId')`, reach.within('workspaces'))} end)`;
}

function seesTargetFlow(reach: Reach, flowId: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select 1 from clankerbot.flows f
    join clankerbot.flow_versions v on v.flow_id = f.id and v.version = f.version
    where f.id = ${flowId} and ${seesFlow(reach, { id: sql`f.id`, definition: sql`v.definition` })})`;
}
