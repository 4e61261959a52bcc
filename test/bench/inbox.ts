import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort, startPostgres } from '../support/postgres-server.ts';
import type { LoadResult } from './inbox/http-load.ts';

/** Deliveries a second: this service against a bare Express handler with one INSERT per request, and on the embedded engine. */
const SECONDS = 3;
const here = import.meta.dirname;
const run = promisify(execFile);
const quietly = { stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[] };

async function load(port: number, connections: number, rate?: number): Promise<LoadResult> {
  const args = [port, '/webhooks/clockify', connections, SECONDS, ...(rate ? [rate] : [])].map(String);
  const { stdout } = await run(process.execPath, [join(here, 'inbox/webhook-load.ts'), ...args]);
  return JSON.parse(stdout) as LoadResult;
}

async function startService(env: Record<string, string>): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort();
  const cwd = mkdtempSync(join(tmpdir(), 'clankerbot-bench-'));
  const child = spawn(process.execPath, [join(here, '../../dist/main.js')], {
    ...quietly,
    cwd,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      LOG_JSON: 'true',
      WEBHOOK_SHARED_SECRET: 'bench-secret',
      WEBHOOK_RATE_LIMIT_PER_MINUTE: '60000000',
      ...env,
    },
  });
  for (let i = 0; i < 200; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return { child, port };
    await delay(100);
  }
  throw new Error('The service did not get ready');
}

async function startExpress(url: string): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(here, 'inbox/express-insert.ts'), String(port), url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout) await once(child.stdout, 'data');
  return { child, port };
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** From the service's own histogram: the smallest bucket that holds 99 % of what started. */
async function startDelayP99(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const buckets = [...text.matchAll(/event_start_delay_seconds_bucket\{le="([^"]+)"\} (\d+)/g)];
  const total = Number(buckets.at(-1)?.[2]);
  const found = buckets.find((bucket) => Number(bucket[2]) >= total * 0.99);
  return Number(found?.[1]) * 1000;
}

const line = (name: string, r: LoadResult): void =>
  console.log(
    `${name.padEnd(44)} ${Math.round(r.perSecond).toString().padStart(7)}/s   p50 ${r.p50Ms.toFixed(1).padStart(6)} ms   p99 ${r.p99Ms.toFixed(1).padStart(6)} ms   ${JSON.stringify(r.byStatus)}`,
  );

const server = await startPostgres();
try {
  const ours: LoadResult[] = [];
  const theirs: LoadResult[] = [];
  for (let round = 1; round <= 3; round++) {
    const service = await startService({ DATABASE_URL: server.url });
    ours.push(await load(service.port, 64));
    line(`clankerbot, Postgres, 64 connections (${round})`, ours[round - 1] as LoadResult);
    await stop(service.child);
    const express = await startExpress(server.url);
    theirs.push(await load(express.port, 64));
    line(`Express + one INSERT, 64 connections (${round})`, theirs[round - 1] as LoadResult);
    await stop(express.child);
  }
  let service = await startService({ DATABASE_URL: server.url });
  line('clankerbot, Postgres, 16 connections', await load(service.port, 16));
  line('clankerbot, Postgres, 1 connection', await load(service.port, 1));
  await stop(service.child);
  // A database of its own: events that a killed process left behind would count as slow starts.
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('create database fresh');
  await client.end();
  service = await startService({ DATABASE_URL: server.url.replace(/\/postgres$/, '/fresh') });
  line('clankerbot, Postgres, 1000/s', await load(service.port, 64, 1000));
  console.log(`receipt to first handler start at 1000/s: p99 under ${await startDelayP99(service.port)} ms`);
  await stop(service.child);
  const best = (all: LoadResult[]): number => Math.max(...all.map((r) => r.perSecond));
  console.log(`ratio, best of three each: ${(best(ours) / best(theirs)).toFixed(2)}`);
} finally {
  await server.destroy();
}

const dataDir = mkdtempSync(join(tmpdir(), 'clankerbot-bench-data-'));
const embedded = await startService({ DATA_DIR: dataDir });
line('clankerbot, embedded, 64 connections', await load(embedded.port, 64));
await stop(embedded.child);
rmSync(dataDir, { recursive: true, force: true });
