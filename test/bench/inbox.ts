import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, startPostgres } from '../support/postgres-server.ts';
import type { LoadResult as SteadyResult } from './inbox/http-load.ts';
import { alternate, load, type LoadResult, table } from './support/load.ts';
import { type Service, startService } from './support/service.ts';

/** Deliveries a second: this service against a bare Express handler with one INSERT per request, and on the embedded engine. */
const SECONDS = 3;
const here = import.meta.dirname;
const requests = readFileSync(join(here, 'inbox/deliveries.lua'), 'utf8');

type Target = Pick<Service, 'port' | 'stop'>;

/** As fast as answers come, by wrk: it costs the machine little beside what it measures. */
const flood = ({ port }: Target, connections: number): LoadResult =>
  load(`http://127.0.0.1:${port}`, { connections, seconds: SECONDS, requests });

/** So many a second, evenly. */
async function steadily({ port }: Target, rate: number): Promise<SteadyResult> {
  const args = [port, '/webhooks/clockify', 64, SECONDS, rate].map(String);
  const script = join(here, 'inbox/webhook-load.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return JSON.parse(stdout) as SteadyResult;
}

async function startExpress(url: string): Promise<Target> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(here, 'inbox/express-insert.ts'), String(port), url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function createFlow({ port }: Target, flow: object): Promise<void> {
  const trigger = { source: 'clockify', events: ['NEW_TIME_ENTRY'] };
  const response = await fetch(`http://127.0.0.1:${port}/flows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Bench', trigger, steps: [{ transform: 'payload.id' }], ...flow }),
  });
  if (!response.ok) throw new Error(`The flow was refused: ${await response.text()}`);
}

/** How many events had started within each bound of the service's own histogram, in seconds; the last is all of them. */
async function startDelays({ port }: Target): Promise<[bound: string, count: number][]> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const buckets = text.matchAll(/event_start_delay_seconds_bucket\{le="([^"]+)"\} (\d+)/g);
  return [...buckets].map(([, bound, count]) => [bound ?? '', Number(count)]);
}

/** The smallest bound that holds 99 % of what started in between. */
function p99Between(before: [string, number][], after: [string, number][]): string {
  const counts = after.map(([bound, count], i) => [bound, count - (before[i]?.[1] ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  const found = counts.find(([, count]) => count >= total * 0.99);
  return `p99 under ${Number(found?.[0]) * 1000} ms, of ${total} events`;
}

/** A database of its own: what a killed process left behind would count as slow starts. */
async function freshDatabase(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return url.replace(/\/postgres$/, `/${name}`);
}

const server = await startPostgres();
try {
  const ours = await startService({ DATABASE_URL: server.url });
  const express = await startExpress(server.url);
  const results = alternate({
    'clankerbot, Postgres, 64 connections': () => flood(ours, 64),
    'Express + one INSERT, 64 connections': () => flood(express, 64),
  });
  await express.stop();
  const few = { 'clankerbot, 16 connections': flood(ours, 16), 'clankerbot, 1 connection': flood(ours, 1) };
  await ours.stop();

  const watched = await startService({ DATABASE_URL: await freshDatabase(server.url, 'watched') });
  await createFlow(watched, { conditions: { field: 'payload.billable', operator: '==', value: false } });
  flood(watched, 64);
  const looked = { 'clankerbot, 64, a flow looks at each': flood(watched, 64) };
  await watched.stop();
  table({ ...results, ...few, ...looked });
  const [own, theirs] = Object.values(results).map((result) => result.perSecond);
  console.log(`ratio of the medians: ${((own ?? NaN) / (theirs ?? NaN)).toFixed(2)} (goal: at least 1)`);

  const steady = await startService({ DATABASE_URL: await freshDatabase(server.url, 'steady') });
  await createFlow(steady, {});
  await steadily(steady, 1000);
  const before = await startDelays(steady);
  const { perSecond, p99Ms, byStatus } = await steadily(steady, 1000);
  console.log(
    `at ${Math.round(perSecond)}/s: answers p99 ${p99Ms.toFixed(1)} ms ${JSON.stringify(byStatus)}; ` +
      `receipt to first handler start ${p99Between(before, await startDelays(steady))} (goal: 100 ms)`,
  );
  await steady.stop();
} finally {
  await server.destroy();
}

const dataDir = mkdtempSync(join(tmpdir(), 'clankerbot-bench-data-'));
const embedded = await startService({ DATA_DIR: dataDir });
flood(embedded, 64);
table({ 'clankerbot, embedded, 64 connections': flood(embedded, 64) });
await embedded.stop();
rmSync(dataDir, { recursive: true, force: true });
