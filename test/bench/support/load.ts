import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the benches share: servers in processes of their own, wrk as the load, and medians of alternating rounds. */
export interface Server {
  url: string;
  child: ChildProcess;
  stop(): Promise<void>;
}

/** Starts a script that prints `listening URL` and waits for that line. */
export async function startServer(script: string, env: Record<string, string> = {}): Promise<Server> {
  const child = spawn(process.execPath, ['--liftoff-only', script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-10_000);
      const match = /(?:listening |"Listening".*|"url":")(http:\/\/[\d.:a-z]+)/.exec(output);
      if (match?.[1]) resolve(match[1]);
    });
    child.on('exit', (code) => reject(new Error(`${script} ended with ${code}: ${output}`)));
  });
  return {
    url,
    child,
    async stop() {
      child.kill('SIGKILL');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

export interface LoadOptions {
  connections?: number;
  seconds?: number;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  /** Lua that defines `request`, where each request must differ. */
  requests?: string;
}

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers other than 2xx and 3xx, and socket errors. A bench with any is not a result. */
  failures: number;
}

/** One round of load by wrk (Debian: apt-get install wrk). */
export function load(url: string, options: LoadOptions = {}): LoadResult {
  const { connections = 32, seconds = 4, method = 'GET', body, headers = {}, requests = '' } = options;
  const folder = mkdtempSync(join(tmpdir(), 'wrk-'));
  const script = join(folder, 'request.lua');
  const lines = [
    `wrk.method = ${JSON.stringify(method)}`,
    ...(body === undefined ? [] : [`wrk.body = ${luaString(body)}`]),
    ...Object.entries(headers).map(([k, v]) => `wrk.headers[${JSON.stringify(k)}] = ${luaString(v)}`),
    requests,
    REPORT,
  ];
  writeFileSync(script, lines.join('\n'));
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url];
  const output = execFileSync('wrk', args, { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const report = /^REPORT (.*)$/m.exec(output)?.[1];
  if (report === undefined) throw new Error(`wrk said nothing that can be read:\n${output}`);
  const [count = 0, durationUs = 1, p50 = 0, p99 = 0, failures = 0] = report.split(' ').map(Number);
  return { perSecond: count / (durationUs / 1e6), p50Ms: p50 / 1000, p99Ms: p99 / 1000, failures };
}

const REPORT = `
done = function(summary, latency, requests)
  local e = summary.errors
  local failures = e.connect + e.read + e.write + e.status + e.timeout
  print(string.format("REPORT %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), failures))
end`;

function luaString(text: string): string {
  return `[==[${text}]==]`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Loads the subjects in turn, round after round, so that what slows the machine slows all of them alike. */
export function alternate<Name extends string>(
  subjects: Record<Name, () => LoadResult>,
  rounds = 5,
): Record<Name, LoadResult> {
  const names = Object.keys(subjects) as Name[];
  const results = new Map<Name, LoadResult[]>(names.map((name) => [name, []]));
  for (const name of names) subjects[name]();
  for (let round = 0; round < rounds; round++)
    for (const name of names) results.get(name)?.push(subjects[name]());
  return Object.fromEntries(names.map((name) => [name, medianOf(results.get(name) ?? [])])) as Record<
    Name,
    LoadResult
  >;
}

function medianOf(results: readonly LoadResult[]): LoadResult {
  return {
    perSecond: median(results.map((r) => r.perSecond)),
    p50Ms: median(results.map((r) => r.p50Ms)),
    p99Ms: median(results.map((r) => r.p99Ms)),
    failures: results.reduce((sum, r) => sum + r.failures, 0),
  };
}

export function table(rows: Record<string, LoadResult>): void {
  console.table(
    Object.fromEntries(
      Object.entries(rows).map(([name, r]) => [
        name,
        {
          'requests/s': Math.round(r.perSecond),
          'p50 ms': Number(r.p50Ms.toFixed(2)),
          'p99 ms': Number(r.p99Ms.toFixed(2)),
          failures: r.failures,
        },
      ]),
    ),
  );
}
