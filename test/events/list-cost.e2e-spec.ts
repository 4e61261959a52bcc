import { Reach } from '../../src/access/reach.js';
import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import type { EventFilter, EventStatus } from '../../src/events/events.dto.js';
import { EVENT_STATUSES } from '../../src/events/events.dto.js';
import { EventsRepository } from '../../src/events/events.repository.js';
import { EventHistoryRepository } from '../../src/flows/backtest/event-history.repository.js';
import { SCHEMA, type Tables } from '../../src/storage/database.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { fillWithEvents } from '../support/many-events.js';

const FEW = 20_000;
const MANY = 200_000;
const LIMIT = 50;
const HOUR_MS = 3_600_000;
const nowMs = Date.UTC(2026, 10, 20, 12);

interface Explained {
  'QUERY PLAN': [{ Plan: Record<'Shared Hit Blocks' | 'Shared Read Blocks', number> }];
}

/** A database whose statements are written down, so that each can be explained afterwards. */
class Watched {
  readonly statements: CompiledQuery[] = [];
  readonly db: Kysely<Tables>;

  constructor(readonly database: TestDatabase) {
    const dialect = new PostgresDialect({ pool: async () => database.engine.pool });
    const log = ({ query }: { query: CompiledQuery }) => void this.statements.push(query);
    this.db = new Kysely<Tables>({ dialect, log }).withSchema(SCHEMA);
  }

  /** Pages of 8 KiB that the statements of this work touch. */
  async costOf(work: () => Promise<unknown>): Promise<number> {
    this.statements.length = 0;
    await work();
    let pages = 0;
    for (const { sql, parameters } of this.statements.slice()) {
      const { rows } = await this.database.engine.pool.query<Explained>(
        `explain (analyze, buffers, timing off, format json) ${sql}`,
        [...parameters],
      );
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      pages += (plan?.['Shared Hit Blocks'] ?? NaN) + (plan?.['Shared Read Blocks'] ?? NaN);
    }
    return pages;
  }
}

const statuses: (EventStatus | undefined)[] = [undefined, ...EVENT_STATUSES];
const parts = ['common', 'rare', undefined];

/** Every combination that the documents offer. */
const filters: EventFilter[] = statuses.flatMap((status) => [
  ...parts.flatMap((source) =>
    parts.flatMap((type) =>
      parts.map((workspace) => ({
        ...(source === undefined ? {} : { source }),
        ...(type === undefined ? {} : { type: type.toUpperCase() }),
        ...(workspace === undefined ? {} : { workspaceId: `w-${workspace}` }),
        ...(status === undefined ? {} : { status }),
      })),
    ),
  ),
  {
    from: new Date(nowMs - 23 * HOUR_MS),
    to: new Date(nowMs - HOUR_MS),
    ...(status === undefined ? {} : { status }),
  },
]);

describe.each([
  ['with few that wait', false],
  ['with nearly all of them waiting', true],
])('looking at many events, %s', (_name, isQueueLong) => {
  let few: Watched;
  let many: Watched;
  beforeAll(async () => {
    few = new Watched(await openTestDatabase());
    many = new Watched(await openTestDatabase());
    await fillWithEvents(few.database.engine, FEW, { nowMs, isQueueLong });
    await fillWithEvents(many.database.engine, MANY, { nowMs, isQueueLong });
  }, 180_000);
  afterAll(async () => {
    await few.database.close();
    await many.database.close();
  });

  const costs = async (work: (db: Kysely<Tables>) => Promise<unknown>): Promise<[number, number]> => [
    await few.costOf(() => work(few.db)),
    await many.costOf(() => work(many.db)),
  ];

  it(`costs a page about the same at ${FEW} and at ${MANY}, whatever is asked for`, async () => {
    const dear: unknown[] = [];
    for (const filter of filters) {
      const [first, second] = await costs((db) => new EventsRepository(db).list(filter, { limit: LIMIT }));
      // An index of ten times as many rows may be one level higher.
      if (!(second <= first * 1.6 + 100)) dear.push({ filter, first, second });
    }
    expect(dear).toEqual([]);
  }, 300_000);

  it('finds what is rare in one way at once, however long ago it was', async () => {
    const events = new EventsRepository(many.db);
    const found = async (filter: EventFilter) => (await events.list(filter, { limit: 5 })).rows.length;
    expect(await found({ type: 'RARE' })).toBe(5);
    expect(await found({ workspaceId: 'w-rare' })).toBe(5);
    expect(await found({ source: 'rare' })).toBe(5);
    expect(await found({ status: 'dead' })).toBe(5);
    if (!isQueueLong)
      for (const status of EVENT_STATUSES.slice(0, 3)) expect(await found({ status })).toBe(5);
  });

  it('costs a back-test by its span of time, not by what is stored', async () => {
    const [from, to] = [new Date(nowMs - 13 * HOUR_MS), new Date(nowMs - 11 * HOUR_MS)];
    const span = { from, to, limit: 101, reach: Reach.ALL };
    const [first, second] = await costs((db) => new EventHistoryRepository(db).between(span));
    expect(second).toBeLessThanOrEqual(first * 1.6 + 100);
    expect(await new EventHistoryRepository(many.db).between(span)).toHaveLength(101);
  });

  it('counts for a replay in slices of a bounded size', async () => {
    const filter = { type: 'COMMON', status: 'done' } as const;
    await costs((db) => new EventsRepository(db).countOriginals(filter));
    const dearest = async (watched: Watched): Promise<number> => {
      const [statement] = watched.statements.toReversed();
      return statement ? watched.costOf(() => watched.db.executeQuery(statement)) : NaN;
    };
    expect(many.statements.length).toBeGreaterThan(few.statements.length * 8);
    expect(await dearest(many)).toBeLessThan(60_000);
  }, 60_000);

  it('leaves nothing out and tells nothing twice from page to page', async () => {
    for (const filter of filters.filter((_, i) => i % 5 === 0)) {
      const { rows } = await few.database.engine.pool.query<{ id: string }>(NAIVE, [
        filter.source ?? null,
        filter.type ?? null,
        filter.workspaceId ?? null,
        filter.status ?? null,
        filter.from ?? null,
        filter.to ?? null,
      ]);
      const ids: string[] = [];
      let before: string | undefined;
      do {
        const page = await new EventsRepository(few.db).list(filter, {
          limit: 200,
          ...(before === undefined ? {} : { before }),
        });
        ids.push(...page.rows.map(({ id }) => id));
        before = page.next;
      } while (before !== undefined && ids.length < 1_000);
      expect(ids).toEqual(rows.map(({ id }) => id).slice(0, ids.length < 1_000 ? undefined : ids.length));
    }
  }, 120_000);
});

const NAIVE = `
  select id from (
    select e.*, case
      when repeat_of is not null then 'repeat' when l.event_id is not null then 'dead' when d.seq is null then 'done'
      when d.lease_until >= now() then 'handling' when d.attempts > 0 then 'retrying' else 'waiting' end as status
    from clankerbot.events e
      left join clankerbot.event_dispatch d on d.seq = e.seq
      left join clankerbot.event_dead_letters l on l.event_id = e.id) e
  where ($1::text is null or source = $1) and ($2::text is null or type = $2)
    and ($3::text is null or workspace_id = $3) and ($4::text is null or status = $4)
    and ($5::timestamptz is null or received_at >= $5) and ($6::timestamptz is null or received_at < $6)
  order by id desc`;
