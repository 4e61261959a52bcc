import { join } from 'node:path';
import { JobQueue } from '../../src/queue/job-queue.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { startTestApp } from '../support/app.js';
import { createEmptyPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { startTestQueue } from '../support/queue.js';
import { startService, stopAllServices } from '../support/service.js';

const HANGING_WORKER = join(import.meta.dirname, 'hanging-worker.mjs');

describeOnPostgres('the job queue of many processes', () => {
  afterAll(stopAllServices);
  const engineOn = (url: string) => new PostgresEngine({ url, poolSize: 4, onError: () => undefined });

  it('is installed once when many instances start at the same time on an empty database', async () => {
    const database = await createEmptyPostgresDatabase();
    const ran: string[] = [];
    const instances = await Promise.all(
      Array.from({ length: 4 }, () =>
        startTestQueue(engineOn(database.url), (queue) => {
          queue.define('shared');
          queue.work<{ n: string }>('shared', { concurrency: 2 }, async (job) => void ran.push(job.data.n));
        }),
      ),
    );
    await Promise.all(instances.map(({ queue }, i) => queue.enqueue('shared', [{ n: `${i}` }])));
    await until(() => ran.length === instances.length);
    expect(ran.sort()).toEqual(['0', '1', '2', '3']);
    await Promise.all(instances.map((instance) => instance.close()));
    await database.drop();
  }, 60_000);

  it("has a killed worker's job running again within 15 seconds, whatever the queue's backoff", async () => {
    const database = await createEmptyPostgresDatabase();
    const attempts: number[] = [];
    const worker = await startService({ DATABASE_URL: database.url }, { script: HANGING_WORKER });
    await worker.untilReady();
    const other = await startTestQueue(
      engineOn(database.url),
      (queue) => {
        queue.define('hanging', { retryDelaySeconds: 600 });
      },
      { PROCESS_ROLE: 'web' },
    );
    const [id] = await other.queue.enqueue('hanging', [{}]);
    await until(() => worker.output().includes(`took ${id}`));
    const survivor = await startTestQueue(engineOn(database.url), (queue) => {
      queue.define('hanging', { retryDelaySeconds: 600 });
      queue.work('hanging', { concurrency: 1 }, async (job) => void attempts.push(job.attempt));
    });
    await worker.stop('SIGKILL');
    const killedMs = performance.now();
    await until(() => attempts.length > 0, { withinMs: 20_000, everyMs: 50 });
    expect(performance.now() - killedMs).toBeLessThan(15_000);
    expect(attempts).toEqual([2]);
    await survivor.close();
    await other.close();
    await database.drop();
  }, 60_000);

  it('does not let a worker that stood still complete a job that another one has meanwhile', async () => {
    const database = await createEmptyPostgresDatabase();
    const paused = await startService({ DATABASE_URL: database.url }, { script: HANGING_WORKER });
    await paused.untilReady();
    const goOn = Promise.withResolvers<void>();
    const attempts: number[] = [];
    const web = await startTestQueue(engineOn(database.url), (queue) => queue.define('slow'), {
      PROCESS_ROLE: 'web',
    });
    const [id] = await web.queue.enqueue('slow', [{}]);
    await until(() => paused.output().includes(`took ${id}`));
    paused.child.kill('SIGSTOP');
    const survivor = await startTestQueue(engineOn(database.url), (queue) => {
      queue.define('slow');
      queue.work('slow', { concurrency: 1 }, async (job) => {
        attempts.push(job.attempt);
        await goOn.promise;
      });
    });
    await until(() => attempts.length > 0, { withinMs: 20_000, everyMs: 50 });

    paused.child.kill('SIGCONT');
    paused.child.kill('SIGUSR2');
    await until(() => paused.output().includes(`did ${id}`), { withinMs: 10_000 });
    const metrics = async (): Promise<string> => (await fetch(`${paused.url}/metrics`)).text();
    await until(async () => /jobs_total\{queue="slow",outcome="abandoned"\} 1/.test(await metrics()));
    const [depth] = await survivor.queue.depths();
    expect(depth).toMatchObject({ active: 1, ready: 0, dead: 0 });
    goOn.resolve();
    await until(async () => (await survivor.queue.depths())[0]?.active === 0);
    await survivor.close();
    await web.close();
    await paused.stop();
    await database.drop();
    expect(attempts).toEqual([2]);
  }, 60_000);

  it('goes on after the database has been away', async () => {
    const database = await createEmptyPostgresDatabase();
    const engine = engineOn(database.url);
    const service = await startTestApp({ engine });
    const queue = service.app.get(JobQueue);
    expect(queue.isUsable()).toBe(true);
    await engine.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    // The first question may still meet a connection that is just ending.
    await until(() => queue.depths().catch(() => undefined), { withinMs: 5_000 });
    await until(() => queue.isUsable(), { withinMs: 10_000 });
    expect((await queue.depths()).every(({ active, dead }) => active === 0 && dead === 0)).toBe(true);
    await service.close();
    await database.drop();
  }, 30_000);
});
