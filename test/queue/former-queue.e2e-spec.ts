import { createTestEngine, isOnPostgres } from '../support/database.js';
import { leaveJob, leftJobs, makeFormerQueue } from '../support/former-queue.js';
import { startTestQueue } from '../support/queue.js';
import { sharedEngine } from '../support/shared-engine.js';
import { until } from '../support/until.js';

describe("the queue of the release before, in the database of this one's", () => {
  let database: Awaited<ReturnType<typeof createTestEngine>>;
  beforeEach(async () => {
    database = await createTestEngine();
    await database.engine.open();
    await makeFormerQueue(database.engine);
  });
  afterEach(async () => {
    await database.engine.close();
    await database.drop();
  });

  const ran = new Map<string, number[]>();
  beforeEach(() => ran.clear());
  const start = (env: Record<string, string> = {}) =>
    startTestQueue(
      sharedEngine(database.engine),
      (queue) => {
        queue.define('left', { retryLimit: 5, retryDelaySeconds: 0 });
        queue.work<{ id: string }>('left', { concurrency: 5 }, async ({ data, attempt }) => {
          ran.set(data.id, [...(ran.get(data.id) ?? []), attempt]);
        });
      },
      env,
    );

  it('is carried on: what waits, what a dead worker has left and what is dead, each once', async () => {
    const { engine } = database;
    const beat = (seconds: number): Record<string, string> => ({
      state: `'active'`,
      started_on: `now() - interval '1 minute'`,
      heartbeat_on: `now() - interval '${seconds} seconds'`,
    });
    const waiting = await leaveJob(engine, 'left');
    const again = await leaveJob(engine, 'left', { state: `'retry'`, retry_count: '1' });
    const later = await leaveJob(engine, 'left', { start_after: `now() + interval '1 hour'` });
    const orphan = await leaveJob(engine, 'left', beat(60));
    await leaveJob(engine, 'left', { ...beat(60), retry_count: '5' });
    const reason = `'{"message": "no"}'`;
    const dead = await leaveJob(engine, 'left.dead', { source_name: `'left'`, source_output: reason });
    await leaveJob(engine, 'left', { ...beat(-600) }); // Somebody lives, however slow this test is.
    await leaveJob(engine, 'left', { state: `'completed'` });
    await leaveJob(engine, 'of nobody here');

    const { queue, close } = await start();
    await until(() => [waiting, again, orphan].every((id) => ran.has(id)), { withinMs: 30_000 });
    expect(Object.fromEntries(ran)).toEqual({ [waiting]: [1], [again]: [3], [orphan]: [2] });
    expect(await leftJobs(engine)).toEqual(['left active', 'left completed', 'of nobody here created']);
    await until(async () => (await queue.depths())[0]?.active === 0);
    expect(await queue.depths()).toEqual([
      expect.objectContaining({ queue: 'left', ready: 0, deferred: 1, dead: 2 }),
    ]);
    const letters = await queue.deadLetters({ queue: 'left', limit: 10 });
    expect(letters.find(({ id }) => id === dead)?.reason).toEqual({ message: 'no' });
    expect(await queue.cancel([later])).toBe(1);
    await close();
  }, 60_000);

  it('is looked through again, because replicas of that release may still run', async () => {
    const { close } = await start();
    const late = await leaveJob(database.engine, 'left');
    await until(() => ran.has(late), { withinMs: 20_000 });
    expect(ran.get(late)).toEqual([1]);
    await close();
  }, 60_000);

  it('keeps nobody from the jobs of dead workers here when it cannot be read', async () => {
    const { engine } = database;
    await engine.pool.query('alter table clankerbot_queue.job drop column retry_count');
    await engine.pool.query(
      `insert into clankerbot.jobs (id, queue, state, data, attempts, claims, worker, start_after, created_at, lease_until)
       values (gen_random_uuid(), 'left', 'active', '{"id": "orphan"}', 1, 1, 'dead', now(), now(), now())`,
    );
    const { close } = await start();
    await until(() => ran.has('orphan'), { withinMs: 30_000 });
    expect(ran.get('orphan')).toEqual([2]);
    await close();
  }, 60_000);

  it('is shared by replicas that start at the same time, and no job is done twice', async () => {
    const many = 40;
    for (let n = 0; n < many; n++) await leaveJob(database.engine, 'left');
    const replicas = await Promise.all([start(), start(), start()]);
    await until(() => ran.size === many, { withinMs: 30_000 });
    await Promise.all(replicas.map((replica) => replica.close()));
    expect([...ran.values()]).toEqual(Array.from({ length: many }, () => [1]));
    expect(await leftJobs(database.engine)).toEqual([]);
  }, 60_000);

  (isOnPostgres ? it : it.skip)(
    'keeps a job that one of its own workers is just taking',
    async () => {
      const taken = await leaveJob(database.engine, 'left');
      const free = await leaveJob(database.engine, 'left');
      const worker = await database.engine.pool.connect();
      await worker.query('begin');
      await worker.query(`select from clankerbot_queue.job where id = $1 for update`, [taken]);
      const { close } = await start();
      await until(() => ran.has(free), { withinMs: 20_000 });
      await worker.query(
        `update clankerbot_queue.job set state = 'active', started_on = now(), heartbeat_on = now() where id = $1`,
        [taken],
      );
      await worker.query('commit');
      worker.release();
      const after = await leaveJob(database.engine, 'left'); // What is there is looked through once more.
      await until(() => ran.has(after), { withinMs: 20_000 });
      expect(ran.has(taken)).toBe(false);
      expect(await leftJobs(database.engine)).toEqual(['left active']);
      await close();
    },
    60_000,
  );
});
