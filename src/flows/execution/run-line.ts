import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Tables } from '../../storage/database.js';
import type { RunRow } from '../runs/flow-runs.repository.js';

export interface ClaimRequest {
  owner: string;
  now: Date;
  limit: number;
  leaseSeconds: number;
  perWorkspace: number;
}

/** What a claim looks at before it asks each flow and workspace for its own line. */
const LINE = 2_000;
const FIRST_OF_EACH = 20;
/** Takes ready runs, oldest first, as far as the limits per flow and workspace allow. Whoever asks holds the latch of claims. */
export async function takeFromLine(
  request: ClaimRequest,
  transaction: Transaction<Tables>,
): Promise<RunRow[]> {
  const first = await takeFrom(firstInLine(request.now), request, transaction);
  if (first.length > 0 || !(await isLineLonger(request.now, transaction))) return first;
  return takeFrom(firstOfEach(request), request, transaction);
}

const CANDIDATE = sql.raw('run.id, run.flow_id, run.workspace_id, run.max_concurrency, run.ready_at');

function isReady(now: Date): RawBuilder<boolean> {
  return sql`run.status in ('queued', 'waiting') and run.ready_at <= ${now}`;
}

/** The usual case: those who have waited longest are those who may go on. */
function firstInLine(now: Date): RawBuilder<unknown> {
  return sql`candidates as (
    select ${CANDIDATE} from clankerbot.flow_runs run where ${isReady(now)} order by run.ready_at, run.id limit ${LINE}
  )`;
}

async function isLineLonger(now: Date, transaction: Transaction<Tables>): Promise<boolean> {
  const { rows } = await sql`
    select 1 from clankerbot.flow_runs run where ${isReady(now)} order by run.ready_at, run.id offset ${LINE} limit 1`.execute(
    transaction,
  );
  return rows.length > 0;
}

/** Where all of those are behind a limit: the first of each flow and workspace that is not, found by steps along the index. */
function firstOfEach({ now, limit, perWorkspace }: ClaimRequest): RawBuilder<unknown> {
  const line = sql.raw(`flow_id, coalesce(workspace_id, '') as workspace_key, max_concurrency
    from clankerbot.flow_runs where status in ('queued', 'waiting')`);
  const inOrder = sql.raw('order by flow_id, workspace_key, max_concurrency limit 1');
  return sql`lines as (
    (select ${line} ${inOrder})
    union all
    select next.* from lines, lateral (
      select ${line}
        and (flow_id, coalesce(workspace_id, ''), max_concurrency)
          > (lines.flow_id, lines.workspace_key, lines.max_concurrency)
      ${inOrder}
    ) next
  ), candidates as (
    select first.* from lines
    left join busy_flows f on f.flow_id = lines.flow_id
    left join busy_workspaces w on w.workspace_id = lines.workspace_key,
    lateral (
      select ${CANDIDATE} from clankerbot.flow_runs run
      where ${isReady(now)} and run.flow_id = lines.flow_id
        and coalesce(run.workspace_id, '') = lines.workspace_key and run.max_concurrency = lines.max_concurrency
      order by run.ready_at, run.id limit ${Math.min(limit, FIRST_OF_EACH)}
    ) first
    where coalesce(f.n, 0) < lines.max_concurrency and coalesce(w.n, 0) < ${perWorkspace}
  )`;
}

async function takeFrom(
  candidates: RawBuilder<unknown>,
  { owner, now, limit, leaseSeconds, perWorkspace }: ClaimRequest,
  transaction: Transaction<Tables>,
): Promise<RunRow[]> {
  const { rows } = await sql<RunRow>`
    with recursive busy as materialized (
      select flow_id, workspace_id, count(*)::int as n from clankerbot.flow_runs
      where status = 'running' group by flow_id, workspace_id
    ), busy_flows as (
      select flow_id, sum(n)::int as n from busy group by flow_id
    ), busy_workspaces as (
      select workspace_id, sum(n)::int as n from busy where workspace_id is not null group by workspace_id
    ), ${candidates}, able as (
      select run.*, coalesce(f.n, 0) as flow_busy, coalesce(w.n, 0) as workspace_busy from candidates run
      left join busy_flows f on f.flow_id = run.flow_id
      left join busy_workspaces w on w.workspace_id = run.workspace_id
      where coalesce(f.n, 0) < run.max_concurrency and coalesce(w.n, 0) < ${perWorkspace}
    ), ranked as (
      select id, max_concurrency, workspace_id, ready_at,
        flow_busy + row_number() over (partition by flow_id order by ready_at, id) as flow_rank,
        workspace_busy + row_number() over (partition by workspace_id order by ready_at, id) as workspace_rank
      from able
    ), taken as (
      select id from ranked
      where flow_rank <= max_concurrency and (workspace_id is null or workspace_rank <= ${perWorkspace})
      order by ready_at, id
      limit ${limit}
    )
    update clankerbot.flow_runs run set
      status = 'running', lease_owner = ${owner}, lease_until = now() + make_interval(secs => ${leaseSeconds}),
      claims = claims + 1, started_at = coalesce(started_at, ${now}), worked_since = ${now}
    from taken
    where run.id = taken.id and run.status in ('queued', 'waiting')
    returning run.*`.execute(transaction);
  return rows;
}
