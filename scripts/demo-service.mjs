// The built service as a child process on a free port, with an environment of its own and a directory to forget.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/bundle/main.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;
let running;
export const WEBHOOK_SECRET = 'demo-webhook-secret';
export const WEBHOOK_TOKEN = 'demo-webhook-token';

export async function startService(environment) {
  const directory = await mkdtemp(join(tmpdir(), 'clankerbot-demo-'));
  // Nothing of the caller's environment and no .env file: the demo is the same everywhere.
  const child = spawn(process.execPath, [MAIN], {
    cwd: directory,
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      DATA_DIR: join(directory, 'data'),
      LOG_JSON: 'true',
      WEBHOOK_SHARED_SECRET: WEBHOOK_SECRET,
      CLOCKIFY_WEBHOOK_TOKENS: WEBHOOK_TOKEN,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = { child, directory };
  const log = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => log.push(chunk));
  const service = { url: '', child };
  try {
    await untilReady(service, () => /"url":"(http[^"]+)"/.exec(Buffer.concat(log))?.[1]);
  } catch (error) {
    await stopService();
    throw new Error(`${error.message}\n${Buffer.concat(log)}`, { cause: error });
  }
  return service;
}

/** Also one that is still starting. */
export async function stopService() {
  if (!running) return;
  const { child, directory } = running;
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
  await rm(directory, { recursive: true, force: true });
}

/** The service chooses a free port itself and says which. */
async function untilReady(service, listening) {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    if (service.child.exitCode !== null) throw new Error('The service did not start');
    service.url = listening() ?? '';
    const response = service.url && (await fetch(`${service.url}/readyz`).catch(() => undefined));
    if (response?.status === 200) return;
    await delay(50);
  }
  throw new Error('The service was not ready in time');
}
