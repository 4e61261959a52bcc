import { describeJobQueue } from '../contracts/job-queue.contract.js';
import { createTestEngine, isOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { startTestQueue } from '../support/queue.js';
import { sharedEngine } from '../support/shared-engine.js';

let database: Awaited<ReturnType<typeof createTestEngine>>;
beforeAll(async () => {
  database = await createTestEngine();
  await database.engine.open();
});
afterAll(async () => {
  await database.engine.close();
  await database.drop();
});

const shared = () => sharedEngine(database.engine);

describeJobQueue(isOnPostgres ? 'Postgres' : 'PGlite', {
  start: (setUp, env) => startTestQueue(shared(), setUp, env),
});

describe('a job queue without jobs', () => {
  const QUIET_MS = 2_500;

  it('asks the database nothing, and starts the next job at once all the same', async () => {
    let ran = 0;
    const running = await startTestQueue(shared(), (q) => {
      q.define('idle');
      q.work('idle', { concurrency: 1 }, async () => void ran++);
    });
    const { statements } = database.engine;
    const quiet = async (): Promise<number> => {
      const before = statements.total;
      const startedMs = performance.now();
      await until(() => performance.now() - startedMs > QUIET_MS);
      return statements.total - before;
    };
    await until(async () => (await quiet()) === 0, { what: 'the start to be over' });
    await running.queue.enqueue('idle', [{}]);
    await until(() => ran > 0, { withinMs: 5_000 }); // It would look by itself in a minute.
    await running.close();
    expect(ran).toBe(1);
  }, 90_000);
});

describe('stopping the job queue', () => {
  it('lets a job in flight finish', async () => {
    let isDone = false;
    let hasStarted = false;
    const running = await startTestQueue(shared(), (q) => {
      q.define('finishing');
      q.work('finishing', { concurrency: 1 }, async () => {
        hasStarted = true;
        await new Promise((resolve) => setTimeout(resolve, 200));
        isDone = true;
      });
    });
    await running.queue.enqueue('finishing', [{}]);
    await until(() => hasStarted);
    await running.close();
    expect(isDone).toBe(true);
  });

  it('hands back a job that does not finish in time, and the next worker starts it at once as the same try', async () => {
    const attempts: { by: string; attempt: number }[] = [];
    const first = await startTestQueue(
      shared(),
      (q) => {
        q.define('unfinished');
        q.work('unfinished', { concurrency: 1 }, async (job) => {
          attempts.push({ by: 'first', attempt: job.attempt });
          await new Promise(() => undefined);
        });
      },
      { SHUTDOWN_GRACE_SECONDS: '0' },
    );
    await first.queue.enqueue('unfinished', [{}]);
    await until(() => attempts.length === 1);
    await first.close();
    const second = await startTestQueue(shared(), (q) => {
      q.define('unfinished');
      q.work('unfinished', { concurrency: 1 }, async (job) => {
        attempts.push({ by: 'second', attempt: job.attempt });
      });
    });
    await until(() => attempts.length === 2, { withinMs: 2_000 });
    await second.close();
    expect(attempts).toEqual([
      { by: 'first', attempt: 1 },
      { by: 'second', attempt: 1 },
    ]);
  });
});
