import { type RawBuilder, sql } from 'kysely';
import { isAnyOf } from '../storage/any-of.js';
import { firstIdAt } from './event-time.js';
import type { EventFilter } from './events.dto.js';

/** Ids between which to look, neither of them included; either may be open. */
export interface IdRange {
  after?: string | undefined;
  before?: string | undefined;
}

/** What is asked for, and the workspaces and sources within which whoever asks may see it; undefined: all. */
export interface BoundFilter extends EventFilter {
  workspaces?: readonly string[] | undefined;
  sources?: readonly string[] | undefined;
}

export interface Window {
  filter: BoundFilter;
  range: IdRange;
  direction: 'newest' | 'oldest';
  /** Look at so many rows at the most. */
  rows: number;
  /** Few events are queued, so that reading them all costs less than looking for them. */
  isQueueShort: boolean;
}

/** Greater than every id, in every collation: ids begin with 0 to 7. */
const BEHIND_ALL_IDS = '8';

const COLUMNS = sql.raw(
  [
    'id',
    'seq',
    'source',
    'type',
    'is_type_inferred',
    'workspace_id',
    'user_id',
    'subject_id',
    'received_at',
    'repeat_of',
    'replay_of',
  ]
    .map((column) => `e.${column}`)
    .join(', '),
);
const QUEUED: readonly unknown[] = ['waiting', 'handling', 'retrying'];

/**
 * The events of a window, as many as may be looked at, by whatever leads to them most directly: dead letters, a short queue,
 * an index, or all events one after the other. What else is asked of them is left to whoever reads this. Row comparisons
 * and laterals leave the planner no other way: it does not know how the kinds are spread, and would read the table.
 */
export function lookedAt({ filter, range, direction, rows, isQueueShort }: Window): RawBuilder<unknown> {
  const order = sql.raw(direction === 'newest' ? 'desc' : 'asc');
  const { low, high } = boundsOf(filter, range);
  if (filter.status === 'dead' || (isQueueShort && QUEUED.includes(filter.status))) {
    const table = sql.raw(filter.status === 'dead' ? 'event_dead_letters' : 'event_dispatch');
    return sql`select ${COLUMNS} from (
        select event_id from clankerbot.${table} where event_id > ${low} and event_id < ${high}
        order by event_id ${order} limit ${rows}) q
      cross join lateral (select * from clankerbot.events where id = q.event_id limit 1) e`;
  }
  const [column, value] = indexedPartOf(filter);
  if (column === undefined)
    return sql`select ${COLUMNS} from clankerbot.events e where e.id > ${low} and e.id < ${high}
      order by e.id ${order} limit ${rows}`;
  const led = sql.ref(`e.${column}`);
  return sql`select ${COLUMNS} from clankerbot.events e
    where (${led}, e.id) > (${value}, ${low}) and (${led}, e.id) < (${value}, ${high})
    order by ${led} ${order}, e.id ${order} limit ${rows}`;
}

/** Whether every event that is looked at is one that is asked for. */
export function isExact(filter: BoundFilter): boolean {
  const { source, type, workspaceId, status, workspaces, sources } = filter;
  if (!isSettled(workspaces, workspaceId) || !isSettled(sources, source)) return false;
  const parts = [source, type, workspaceId].filter((part) => part !== undefined).length;
  return status === undefined ? parts <= 1 : status === 'dead' && parts === 0;
}

/** Whether the caller may see it; what is of no workspace is within none. */
export function isWithin({ workspaces, sources }: BoundFilter, events: string): RawBuilder<boolean> {
  return sql<boolean>`(${isAnyOf(sql.ref(`${events}.workspace_id`), workspaces)}
    and ${isAnyOf(sql.ref(`${events}.source`), sources)})`;
}

function isSettled(within: readonly string[] | undefined, wanted: string | undefined): boolean {
  return within === undefined || (within.length === 1 && within[0] === wanted);
}

/** The most telling part first; each has an index (…, id). */
function indexedPartOf(
  filter: EventFilter,
): ['type' | 'workspace_id' | 'source', string] | [undefined, undefined] {
  if (filter.type !== undefined) return ['type', filter.type];
  if (filter.workspaceId !== undefined) return ['workspace_id', filter.workspaceId];
  if (filter.source !== undefined) return ['source', filter.source];
  return [undefined, undefined];
}

function boundsOf({ from, to }: EventFilter, { after, before }: IdRange): { low: string; high: string } {
  // No event has the first id of a millisecond itself: the rest of it is random, and not all zeros.
  const low = [after ?? '', from === undefined ? '' : firstIdAt(from)].sort().at(-1) ?? '';
  const [high = BEHIND_ALL_IDS] = [
    before ?? BEHIND_ALL_IDS,
    to === undefined ? BEHIND_ALL_IDS : firstIdAt(to),
  ].sort();
  return { low, high };
}
