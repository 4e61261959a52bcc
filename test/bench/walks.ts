import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/**
 * How far one has to walk to follow a request through the code: the files of ours whose functions a warm request enters.
 * What runs in the background meanwhile is kept out by taking the shortest of several walks. WALKS=list names the files.
 */
const DIST = join(import.meta.dirname, '../../dist');
const OURS = pathToFileURL(`${DIST}/`).href;
const TIMES = 7;
const WARM = 30;
const WORKSPACE = '64a687e29ae1f428e7ebe303';
const GOALS = { parse: 35, 'text run': 60, 'webhook to Clockify': 95 } as const;

interface Coverage {
  result: { url: string; functions: { ranges: { count: number }[] }[] }[];
}

/** The few commands of the inspector's protocol that are needed. */
class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  readonly #opened: Promise<unknown>;
  #last = 0;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#opened = new Promise((resolve) => this.#socket.addEventListener('open', resolve));
    this.#socket.addEventListener('message', ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown };
      this.#waiting.get(id)?.(result);
    });
  }

  async open(): Promise<void> {
    await this.#opened;
    await this.#ask('Profiler.enable');
    await this.#ask('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  /** The files that were entered since it was last asked. */
  async entered(): Promise<string[]> {
    const { result } = (await this.#ask('Profiler.takePreciseCoverage')) as Coverage;
    const files = result.filter(
      ({ url, functions }) =>
        url.startsWith(OURS) && functions.some(({ ranges }) => (ranges[0]?.count ?? 0) > 0),
    );
    return files.map(({ url }) => url.slice(OURS.length)).toSorted();
  }

  close(): void {
    this.#socket.close();
  }

  #ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#last;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}

const upstream = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ id: '64a687e29ae1f428e7ebe3ff', name: 'Acme' }));
  });
}).listen(0, '127.0.0.1');

const directory = mkdtempSync(join(tmpdir(), 'walks-'));

/** Not the bundle: there the files are one. */
function start(upstreamUrl: string): ChildProcess {
  return spawn(process.execPath, ['--inspect=0', join(DIST, 'main.js')], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATA_DIR: directory,
      LOG_JSON: 'true',
      RATE_LIMIT_PER_MINUTE: '1000000',
      CLOCKIFY_API_KEY: 'bench-clockify-key',
      CLOCKIFY_BASE_URL: upstreamUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

let text = '';

async function said(pattern: RegExp): Promise<string> {
  for (let i = 0; i < 600; i++) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found;
    await delay(100);
  }
  throw new Error(`The service did not say ${pattern}:\n${text}`);
}

await delay(50);
const service = start(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
for (const stream of [service.stdout, service.stderr]) stream?.on('data', (chunk) => (text += String(chunk)));
const inspector = new Inspector(await said(/Debugger listening on (ws:\S+)/));
const url = await said(/"url":"([^"]+)"/);
await inspector.open();
while (!(await fetch(`${url}/readyz`)).ok) await delay(100);

async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

async function walk(ask: (i: number) => Promise<void>, settleMs: number): Promise<string[]> {
  for (let i = 0; i < WARM; i++) await ask(i);
  await delay(2_000);
  let shortest: string[] | undefined;
  for (let i = 0; i < TIMES; i++) {
    await inspector.entered();
    await ask(WARM + i);
    await delay(settleMs);
    const files = await inspector.entered();
    if (shortest === undefined || files.length < shortest.length) shortest = files;
  }
  return shortest ?? [];
}

const walks: Record<keyof typeof GOALS, () => Promise<string[]>> = {
  parse: () => walk(() => post('/actions/parse', { text: 'clockify.get_user' }), 20),
  'text run': () =>
    walk(
      (i) => post('/actions/run', { text: `clockify.create_client workspaceId=${WORKSPACE} name=A${i}` }),
      20,
    ),
  'webhook to Clockify': async () => {
    await post('/flows', {
      name: 'Walk',
      trigger: { source: 'clockify', events: ['NEW_CLIENT'] },
      steps: [
        { action: 'clockify.create_tag', params: { workspaceId: WORKSPACE, name: '{{ payload.name }}' } },
      ],
    });
    const type = { 'Clockify-Webhook-Event-Type': 'NEW_CLIENT' };
    return walk(
      (i) =>
        post(
          '/webhooks/clockify',
          { id: `${i}`.padStart(24, '0'), workspaceId: WORKSPACE, name: `B${i}` },
          type,
        ),
      400,
    );
  },
};

try {
  console.log('one warm request           files of ours entered   goal');
  for (const [name, goal] of Object.entries(GOALS)) {
    const files = await walks[name as keyof typeof GOALS]();
    console.log(`${name.padEnd(25)} ${String(files.length).padStart(22)} ${String(goal).padStart(6)}`);
    if (process.env['WALKS'] === 'list') console.log(files.map((file) => `  ${file}`).join('\n'));
  }
} finally {
  inspector.close();
  service.kill('SIGTERM');
  await once(service, 'exit');
  upstream.close();
  rmSync(directory, { recursive: true, force: true });
}
