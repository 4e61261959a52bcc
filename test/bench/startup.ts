import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres } from '../support/postgres-server.ts';
import { median } from './support/load.ts';
import { MAIN } from './support/service.ts';

/** From the start of the process to its "Ready" line, and resident memory once idle. */
const IDLE_MS = 3_000;
const ROUNDS = 3;

interface Start {
  readyMs: number;
  residentMb: number;
}

async function start(env: Record<string, string>): Promise<Start> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['--liftoff-only', MAIN], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], PORT: '0', LOG_JSON: 'true', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.includes('"message":"Ready"')) resolve();
    });
    child.on('exit', (code) => reject(new Error(`the service ended with ${code}`)));
  });
  const readyMs = performance.now() - startedMs;
  await delay(IDLE_MS);
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const residentMb = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  child.removeAllListeners('exit');
  child.kill('SIGTERM');
  await once(child, 'exit');
  return { readyMs, residentMb };
}

async function several(env: Record<string, string>): Promise<Start> {
  const starts: Start[] = [];
  for (let round = 0; round < ROUNDS; round++) starts.push(await start(env));
  return {
    readyMs: median(starts.map((s) => s.readyMs)),
    residentMb: median(starts.map((s) => s.residentMb)),
  };
}

const row = ({ readyMs, residentMb }: Start, goalMs: number, goalMb: number): object => ({
  'ready after ms': Math.round(readyMs),
  'goal ms': goalMs,
  'idle memory MB': Math.round(residentMb),
  'goal MB': goalMb,
});

const root = mkdtempSync(join(tmpdir(), 'startup-'));
const server = await startPostgres();
try {
  const data = { DATA_DIR: join(root, 'data') };
  const first = await start(data);
  const again = await several(data);
  await start({ DATABASE_URL: server.url });
  const postgres = await several({ DATABASE_URL: server.url });
  console.table({
    'embedded, very first start': row(first, 4000, 350),
    'embedded, existing directory': row(again, 1000, 350),
    'real Postgres': row(postgres, 1000, 130),
  });
} finally {
  await server.destroy();
  rmSync(root, { recursive: true, force: true });
}
