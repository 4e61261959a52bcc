import pg from 'pg';
import { startPostgres } from '../support/postgres-server.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, load, type LoadResult, table } from './support/load.ts';
import { type Service, startService } from './support/service.ts';
import { fillEvents } from './support/many-events.ts';

/** Deliveries a second on an empty database and on one with a million stored events and as many keys, side by side. */
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const requests = readFileSync(join(import.meta.dirname, 'inbox/deliveries.lua'), 'utf8');

const flood = ({ port }: Service): LoadResult =>
  load(`http://127.0.0.1:${port}`, { connections: 64, seconds: 4, requests });

async function databaseOf(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return url.replace(/\/postgres$/, `/${name}`);
}

const server = await startPostgres();
try {
  const [emptyUrl, fullUrl] = [await databaseOf(server.url, 'empty'), await databaseOf(server.url, 'filled')];
  const empty = await startService({ DATABASE_URL: emptyUrl });
  const full = await startService({ DATABASE_URL: fullUrl });
  await fillEvents(fullUrl, EVENTS);
  const results = alternate({ empty: () => flood(empty), [`${EVENTS} events`]: () => flood(full) }, 7);
  table(results);
  const [first, second] = Object.values(results).map(({ perSecond }) => perSecond);
  console.log(`ratio of the medians: ${((second ?? NaN) / (first ?? NaN)).toFixed(2)} (goal: at least 0.9)`);
  await Promise.all([empty.stop(), full.stop()]);
} finally {
  await server.destroy();
}
