import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../support/postgres-server.ts';

export const MAIN = join(import.meta.dirname, '../../../dist/bundle/main.js');
const READY_WITHIN_MS = 60_000;

export interface Service {
  url: string;
  port: number;
  child: ChildProcess;
  stop(): Promise<void>;
}

/**
 * The built service as `npm start` and the image start it, access lines and all, without limits of rate. Its log goes
 * to a file, because wrk blocks the process that measures.
 */
export async function startService(env: Record<string, string>): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'clankerbot-bench-'));
  const port = await freePort();
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn(process.execPath, ['--liftoff-only', MAIN], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      LOG_JSON: 'true',
      RATE_LIMIT_PER_MINUTE: '60000000',
      WEBHOOK_RATE_LIMIT_PER_MINUTE: '60000000',
      WEBHOOK_SHARED_SECRET: 'bench-secret',
      ...env,
    },
    stdio: ['ignore', log, log],
  });
  const url = `http://127.0.0.1:${port}`;
  const untilMs = performance.now() + READY_WITHIN_MS;
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null || performance.now() > untilMs) {
      throw new Error(`The service did not get ready: see ${folder}/log`);
    }
    await delay(100);
  }
  return {
    url,
    port,
    child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
