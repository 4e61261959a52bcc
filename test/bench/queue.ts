import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../support/postgres-server.ts';

/** Time from enqueue to the start of the job on an idle service, and jobs a second, on both engines. */
// The built sources have no types here; the compiler checks them where they are made.
const built = (path: string) => import(join(import.meta.dirname, '../../dist', path));
const { createApp } = await built('create-app.js');
const { CONFIG_SECTIONS } = await built('app.config.js');
const { loadConfig } = await built('config/load-config.js');
const { createLogger } = await built('observability/logger.js');
const { observabilityConfig } = await built('observability/observability.config.js');
const { JobQueue } = await built('queue/job-queue.js');
const { DatabaseStartup } = await built('storage/database-startup.js');

const SINGLE = 200;
const MANY = 2_000;

async function measure(name: string, env: Record<string, string>): Promise<void> {
  const config = loadConfig(CONFIG_SECTIONS, { LOG_LEVEL: 'silent', HOST: '127.0.0.1', PORT: '0', ...env });
  const app = await createApp(config, createLogger(config.get(observabilityConfig), []));
  const queue = app.get(JobQueue);
  let onStart: () => void = () => undefined;
  queue.define('bench');
  queue.work('bench', { concurrency: 20 }, async () => onStart());
  await app.listen(0, '127.0.0.1');
  await app.get(DatabaseStartup).whenReady();
  const delays: number[] = [];
  for (let i = 0; i < SINGLE; i++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    onStart = resolve;
    const startedMs = performance.now();
    await queue.enqueue('bench', [{ i }]);
    await promise;
    delays.push(performance.now() - startedMs);
  }
  delays.sort((a, b) => a - b);
  const at = (share: number): string => (delays[Math.floor(SINGLE * share)] ?? NaN).toFixed(1);
  const done = Promise.withResolvers<void>();
  let count = 0;
  onStart = () => {
    if (++count === MANY) done.resolve();
  };
  const startedMs = performance.now();
  await queue.enqueue(
    'bench',
    Array.from({ length: MANY }, (_, i) => ({ i })),
  );
  await done.promise;
  const perSecond = Math.round((MANY / (performance.now() - startedMs)) * 1000);
  console.log(
    `${name.padEnd(10)} enqueue to start p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ${perSecond} jobs/s`,
  );
  await app.close();
}

const server = await startPostgres();
await measure('Postgres', { DATABASE_URL: server.url });
await server.destroy();
const dataDir = mkdtempSync(join(tmpdir(), 'clankerbot-bench-'));
await measure('embedded', { DATA_DIR: dataDir });
rmSync(dataDir, { recursive: true, force: true });
process.exit(0);
