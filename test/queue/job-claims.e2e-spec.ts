import { DEFAULT_POLICY } from '../../src/queue/queue-policy.js';
import { JobLinesRepository } from '../../src/queue/job-lines.repository.js';
import { JobUpkeepRepository } from '../../src/queue/job-upkeep.repository.js';
import { type Claim, JobsRepository } from '../../src/queue/jobs.repository.js';
import type { WorkBell } from '../../src/storage/work-bell.js';
import { sql } from 'kysely';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

const POLICIES = new Map([['claims', DEFAULT_POLICY]]);
const SILENT = { notification: () => sql`1` } as unknown as WorkBell;

/** Two processes, without what keeps them from standing still. */
describe('a claim of a job', () => {
  let database: TestDatabase;
  let first: JobsRepository;
  let second: JobsRepository;
  let upkeep: JobUpkeepRepository;
  let lines: JobLinesRepository;
  beforeAll(async () => {
    database = await openTestDatabase();
    first = new JobsRepository(database.db);
    second = new JobsRepository(database.db);
    upkeep = new JobUpkeepRepository(database.db, second);
    lines = new JobLinesRepository(database.db, SILENT);
  });
  beforeEach(() => database.truncate());
  afterAll(() => database.close());

  async function takeByFirst(): Promise<Claim> {
    await lines.insert('claims', [{ n: 1 }], {});
    const [job] = (await first.claim('claims', 5)).jobs;
    if (!job) throw new Error('There is a job');
    return job;
  }

  const endLease = () =>
    database.engine.pool.query(`update clankerbot.jobs set lease_until = now() - interval '1 second'`);

  /** Once a server that has just started would have given everybody time to say that they live. */
  const takeOver = () =>
    until(async () => (await upkeep.takeOver(POLICIES, [])).back === 1, {
      withinMs: 20_000,
      what: 'the lease to be judged',
    });

  it('is nobody else’s while its lease lasts', async () => {
    await takeByFirst();
    expect((await second.claim('claims', 5)).jobs).toEqual([]);
    expect(await upkeep.takeOver(POLICIES, [])).toEqual({ back: 0, dead: 0 });
  });

  it('ends with its lease: nothing that its worker still says counts once another has the job', async () => {
    const old = await takeByFirst();
    await endLease();
    await takeOver();
    const [job] = (await second.claim('claims', 5)).jobs;
    expect(job).toMatchObject({ id: old.id, attempts: 2, claims: 2 });

    expect(await first.renew([old])).toEqual(new Set());
    expect(await first.complete([old])).toEqual(new Set());
    expect(await first.fail(old, { error: {}, retryLimit: 0, delaySeconds: 0 })).toBeUndefined();
    await first.handBack([old]);
    expect((await lines.depths(['claims']))[0]).toMatchObject({ active: 1, ready: 0, dead: 0 });

    expect(await second.complete(job ? [job] : [])).toEqual(new Set([old.id]));
    expect((await lines.depths(['claims']))[0]).toMatchObject({ active: 0, ready: 0, dead: 0 });
  }, 60_000);

  it('still counts when it is done before anybody began anew', async () => {
    const old = await takeByFirst();
    await endLease();
    await takeOver();
    expect(await first.fail(old, { error: {}, retryLimit: 0, delaySeconds: 0 })).toBeUndefined();
    expect(await first.complete([old])).toEqual(new Set([old.id]));
    expect((await second.claim('claims', 5)).jobs).toEqual([]);
  }, 60_000);

  it('is not taken from a process by itself, however late its signs of life are', async () => {
    const old = await takeByFirst();
    await endLease();
    await takeOver(); // Judging is allowed by now.
    const [job] = (await second.claim('claims', 5)).jobs;
    await endLease();
    expect(await upkeep.takeOver(POLICIES, [old.id])).toEqual({ back: 0, dead: 0 });
    expect(await second.renew(job ? [job] : [])).toEqual(new Set([old.id]));
  }, 60_000);

  it('makes the job a dead letter when its worker died on the last try', async () => {
    await takeByFirst();
    await database.engine.pool.query('update clankerbot.jobs set attempts = 6');
    await endLease();
    await until(async () => (await upkeep.takeOver(POLICIES, [])).dead === 1, { withinMs: 20_000 });
    const [letter] = await lines.deadLetters({ queues: ['claims'], limit: 5 });
    expect(letter).toMatchObject({ data: { n: 1 }, reason: { message: 'the worker died' } });
  }, 60_000);

  it('is mended with all other times when the clock was set back', async () => {
    await takeByFirst();
    await lines.insert('claims', [{ n: 2 }], {});
    await lines.insert('claims', [{ n: 3 }], { startAfter: new Date(Date.now() + 7_200_000) });
    await database.engine.pool.query(
      `update clankerbot.jobs set start_after = start_after + interval '1 day', lease_until = lease_until + interval '1 day'`,
    );
    expect(await upkeep.mendTimes(POLICIES)).toBe(1);
    const { jobs, nextInMs } = await second.claim('claims', 5);
    expect(jobs.map(({ data }) => data)).toEqual([{ n: 2 }]);
    expect(nextInMs).toBeGreaterThan(86_400_000);
    expect((await upkeep.look(['claims'], [])).leaseEndsInMs).toBeLessThan(15_000);
  });
});
