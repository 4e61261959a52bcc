import { AppError } from '../../src/errors/app-error.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { claimOf, LOOK } from '../../src/events/dispatch/event-turns.js';
import { startTestApp } from '../support/app.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { aDelivery } from '../support/deliveries.js';
import { queueBehindFailed, queueEvents } from '../support/queued-events.js';
import { until } from '../support/until.js';

const FAR_BEHIND = 10_000_000;

interface Plan {
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
}

describe('the cost of a claim', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  /** The pages that a statement touches: a figure that says nothing of how busy the machine is. */
  const buffersOf = async (text: string, values: unknown[] = []): Promise<number> => {
    const { rows } = await database.engine.pool.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `explain (analyze, buffers, format json) ${text}`,
      values,
    );
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    if (!plan) throw new Error('There is no plan');
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  };

  /** What looks and a claim touch where so many events of one subject wait, and one of another subject behind them. */
  async function costsBehind(
    count: number,
    isFailed: boolean,
  ): Promise<Record<'look' | 'walk' | 'claim', number>> {
    await database.truncate();
    const { pool } = database.engine;
    await pool.query('alter sequence clankerbot.event_seq restart');
    await queueBehindFailed(pool, { subject: 'busy', count });
    if (!isFailed) await pool.query('update clankerbot.event_dispatch set due_at = now() where seq = 1');
    await queueEvents(pool, [{ seq: FAR_BEHIND, subject: 'other' }]);
    await pool.query('vacuum analyze clankerbot.event_dispatch');
    const seqs = [...Array.from({ length: 100 }, (_, i) => i + 1), FAR_BEHIND].join(', ');
    const request = { seqs, token: 't', leaseSeconds: 10, bytes: 1_000, isFirstFree: true };
    return {
      look: await buffersOf(LOOK, ['0', 500, '', '0', 0, 500]),
      walk: await buffersOf(LOOK, ['0', 500, '', '0', 500, 500]),
      claim: await buffersOf(claimOf(request)),
    };
  }

  it.each([
    ['behind a failed one', true],
    ['of one subject, and are taken', false],
  ])('does not grow with the number of events that wait %s', async (_what, isFailed) => {
    const few = await costsBehind(1_000, isFailed);
    const many = await costsBehind(50_000, isFailed);
    // Fifty times as many. A small table is read whole in place of the index, which is why it is not the same to the page.
    for (const what of ['look', 'walk', 'claim'] as const) expect(many[what]).toBeLessThan(few[what] * 2);
  });

  it('is small where each event is about something else', async () => {
    await database.truncate();
    const { pool } = database.engine;
    const costs = [];
    for (const count of [1_000, 20_000]) {
      const from = costs.length * 1_000;
      await queueEvents(
        pool,
        Array.from({ length: count }, (_, i) => ({ seq: from + i + 1, subject: `s${from + i}` })),
      );
      await pool.query('vacuum analyze clankerbot.event_dispatch');
      costs.push(await buffersOf(LOOK, ['0', 500, '', '0', 500, 500]));
    }
    expect(costs[1]).toBeLessThan((costs[0] ?? 0) * 2);
  });
});

describe('a long queue behind a failed event', () => {
  it(`does not hold up other subjects, nor events about nothing, however long it is`, async () => {
    const service = await startTestApp();
    const { pool } = service.engine;
    const told: (string | null)[] = [];
    service.app.get(EventHandlers).register({
      name: 'test',
      handle: async ({ subjectId }) => void told.push(subjectId),
    });
    await queueBehindFailed(pool, { subject: 'busy', count: 50_000 });
    // As a sender does, who repeats what a busy machine refused in time.
    const isStored = (subjectId: string | null): Promise<boolean> =>
      service.app
        .get(EventInbox)
        .receive(aDelivery({ subjectId }), 10)
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof AppError && error.code === 'unavailable') return false;
            throw error;
          },
        );
    for (const subjectId of ['other', null]) await until(() => isStored(subjectId));
    await until(() => told.length === 2, { what: 'the events of others' });
    expect(told.toSorted()).toEqual([null, 'other']);
    await pool.query(`update clankerbot.event_dispatch set due_at = now() where attempts > 0`);
    await until(() => told.filter((subject) => subject === 'busy').length > 100, {
      what: 'the queue to go on',
    });
    await service.close();
  });
});
