import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../support/postgres-server.ts';
import type { LoadResult } from './inbox/http-load.ts';
import { MAIN, type Service, startService } from './support/service.ts';

/**
 * Whether the service answers probes on new connections beside its work: `/healthz` at 70 % of the most that it can take in
 * while a flow runs for each delivery, and a service on the embedded engine that starts under clients that do not wait.
 */
const SECONDS = Number(process.env['PROBES_SECONDS'] ?? 10);
const SHARE = 0.7;
const PROBE_EVERY_MS = 25;
const RETRYING_CLIENTS = 20;
const here = import.meta.dirname;
const run = promisify(execFile);

async function createFlow({ url }: Service): Promise<void> {
  const response = await fetch(`${url}/flows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      name: 'Bench',
      trigger: { source: 'clockify', events: ['NEW_TIME_ENTRY'] },
      steps: [{ transform: 'payload.id' }],
    }),
  });
  if (!response.ok) throw new Error(`The flow was refused: ${await response.text()}`);
}

async function deliver({ port }: Service, rate?: number): Promise<LoadResult> {
  const args = [port, '/webhooks/clockify', 64, SECONDS, ...(rate ? [rate] : [])].map(String);
  const { stdout } = await run(process.execPath, [join(here, 'inbox/webhook-load.ts'), ...args]);
  return JSON.parse(stdout) as LoadResult;
}

async function probe(port: number, seconds: number): Promise<number[]> {
  const args = [port, seconds, PROBE_EVERY_MS].map(String);
  const { stdout } = await run(process.execPath, [join(here, 'support/probe-client.ts'), ...args]);
  return JSON.parse(stdout) as number[];
}

interface Probed {
  deliveries: number;
  p50: number;
  p99: number;
  unanswered: number;
}

async function besideDeliveries(env: Record<string, string>): Promise<Probed> {
  const service = await startService(env);
  try {
    await createFlow(service);
    const { byStatus } = await deliver(service);
    const most = (byStatus['200'] ?? 0) / SECONDS;
    const [load, probes] = await Promise.all([
      deliver(service, most * SHARE),
      probe(service.port, SECONDS), // The load warms up for two of its seconds.
    ]);
    const answered = probes.filter((ms) => ms >= 0).sort((a, b) => a - b);
    const at = (share: number): number => answered[Math.floor(answered.length * share)] ?? Number.NaN;
    return {
      deliveries: Math.round(load.perSecond),
      p50: at(0.5),
      p99: at(0.99),
      unanswered: probes.length - answered.length,
    };
  } finally {
    await service.stop();
  }
}

interface Hammered {
  /** After the line "Ready" in the log. */
  healthyAfterMs: number;
  deliveredAfterMs: number;
}

/** A start after a kill in the middle of its work, under clients that have waited for it. */
async function underRetries(): Promise<Hammered> {
  const folder = mkdtempSync(join(tmpdir(), 'clankerbot-probes-'));
  const data = join(folder, 'data');
  const before = await startService({ DATA_DIR: data });
  await createFlow(before);
  await deliver(before);
  await before.stop();
  const args = [join(here, 'support/retry-client.ts'), String(before.port), String(RETRYING_CLIENTS)];
  const clients = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const delivered = said(clients, '200');
  const service = spawn(process.execPath, ['--liftoff-only', MAIN], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      PORT: String(before.port),
      LOG_JSON: 'true',
      DATA_DIR: data,
      WEBHOOK_SHARED_SECRET: 'bench-secret',
      WEBHOOK_RATE_LIMIT_PER_MINUTE: '60000000',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await said(service, '"message":"Ready"');
    const readyMs = performance.now();
    const healthy = firstAnswer(before.port).then(() => performance.now() - readyMs);
    await delivered;
    return { deliveredAfterMs: performance.now() - readyMs, healthyAfterMs: await healthy };
  } finally {
    for (const child of [clients, service]) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resolves when a process has printed it, and goes on reading. */
function said(child: ChildProcess, words: string): Promise<void> {
  let last = '';
  return new Promise((resolve) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      last = `${last}${chunk.toString()}`.slice(-10_000);
      if (last.includes(words)) resolve();
    });
  });
}

async function firstAnswer(port: number): Promise<void> {
  while ((await probe(port, 0.05)).every((ms) => ms < 0)) continue;
}

const server = await startPostgres();
const folder = mkdtempSync(join(tmpdir(), 'clankerbot-probes-'));
try {
  const rows = {
    'real Postgres': await besideDeliveries({ DATABASE_URL: server.url }),
    embedded: await besideDeliveries({ DATA_DIR: join(folder, 'data') }),
  };
  console.log(
    `/healthz on a new connection each time, beside ${SHARE * 100} % of the most deliveries, a flow run for each:`,
  );
  console.table(
    Object.fromEntries(
      Object.entries(rows).map(([name, { deliveries, p50, p99, unanswered }]) => [
        name,
        {
          'deliveries/s': deliveries,
          'p50 ms': Number(p50.toFixed(1)),
          'p99 ms': Number(p99.toFixed(1)),
          'goal under': 100,
          unanswered,
        },
      ]),
    ),
  );
  const { healthyAfterMs, deliveredAfterMs } = await underRetries();
  console.log(
    `embedded, started with a backlog under ${RETRYING_CLIENTS} clients that retry each 0.2 s: health ` +
      `${Math.round(healthyAfterMs)} ms and a delivery ${Math.round(deliveredAfterMs)} ms after Ready (goal: 5000)`,
  );
} finally {
  await server.destroy();
  rmSync(folder, { recursive: true, force: true });
}
