import { Injectable } from '@nestjs/common';
import { type RawBuilder, type Selectable, sql } from 'kysely';
import { encodeTime } from 'ulid';
import type { Reach } from '../access/reach.js';
import { isAnyOf } from '../storage/any-of.js';
import { Database } from '../storage/database.js';
import type { ActionRunsTable } from './action-runs.repository.js';
import type { RunRecord } from './run-record.js';

export interface RunFilter {
  limit: number;
  /** Only runs older than this one. */
  beforeId?: string;
  integration?: string;
  operation?: string;
  outcome?: RunRecord['outcome'];
  caller?: string;
  requestId?: string;
  from?: Date;
  to?: Date;
  /** Of whoever asks. */
  reach: Reach;
}

export type RunRow = Pick<Selectable<ActionRunsTable>, (typeof COLUMNS)[number]>;

const COLUMNS = [
  'id',
  'integration',
  'operation',
  'is_write',
  'caller_id',
  'caller_name',
  'request_id',
  'priority',
  'started_at',
  'finished_at',
  'duration_ms',
  'outcome',
  'params',
  'result',
  'error',
  'idempotency_key',
  'key_expires_at',
  'late_outcome',
  'late_result',
  'late_error',
  'late_at',
] as const;

/** The first id that a run starting at this time can have: ids begin with their time. */
export function firstIdAt(time: Date): string {
  return `${encodeTime(Math.max(0, time.getTime()), 10)}${'0'.repeat(16)}`;
}

/** Reads the journal, newest first. */
@Injectable()
export class RunHistoryRepository {
  constructor(private readonly db: Database) {}

  async list(filter: RunFilter): Promise<RunRow[]> {
    const { beforeId, integration, operation, outcome, caller, requestId, from, to, reach } = filter;
    let query = this.#within(reach).orderBy('id', 'desc').limit(filter.limit);
    if (beforeId !== undefined) query = query.where('id', '<', beforeId);
    if (integration !== undefined) query = query.where('integration', '=', integration);
    if (operation !== undefined) query = query.where('operation', '=', operation);
    if (outcome !== undefined) query = query.where('outcome', '=', outcome);
    if (caller !== undefined) query = query.where('caller_name', '=', caller);
    if (requestId !== undefined) query = query.where('request_id', '=', requestId);
    if (from !== undefined) query = query.where('id', '>=', firstIdAt(from));
    if (to !== undefined) query = query.where('id', '<', firstIdAt(to));
    return query.execute();
  }

  find(id: string, reach: Reach): Promise<RunRow | undefined> {
    return this.#within(reach).where('id', '=', id).executeTakeFirst();
  }

  #within(reach: Reach) {
    const query = this.db.selectFrom('action_runs').select(COLUMNS);
    return reach.anyBound === undefined ? query : query.where(isWithin(reach));
  }
}

/**
 * Which runs a bound caller sees. What a flow has done belongs to the flow; and as it may have done it about an event of any
 * source, a caller bound to sources sees it in the flow's runs only.
 */
function isWithin(reach: Reach): RawBuilder<boolean> {
  const flows = reach.flows?.map((id) => `flow:${id}`);
  const isOfSeenFlow = reach.within('sources') === undefined ? isAnyOf(sql`caller_id`, flows) : is(false);
  const ofFlow = sql<boolean>`starts_with(caller_id, 'flow:')`;
  return sql<boolean>`(${isAnyOf(sql`integration`, reach.within('integrations'))}
    and ${isAnyOf(sql`integration || '.' || operation`, reach.within('operations'))}
    and ${isAnyOf(sql`workspace_id`, reach.within('workspaces'))}
    and case when ${ofFlow} then ${isOfSeenFlow} else ${is(reach.actsDirectly)} end)`;
}

const is = (value: boolean): RawBuilder<boolean> => sql<boolean>`${sql.raw(String(value))}`;
