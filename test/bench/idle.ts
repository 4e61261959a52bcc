import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../support/postgres-server.ts';
import { cpuTimeMs } from './support/cpu-time.ts';
import { type Service, startService } from './support/service.ts';

/** What a service costs that has nothing to do: one flow waits for its event, one schedule for next year. */
const SETTLE_MS = Number(process.env['IDLE_SETTLE_MS'] ?? 30_000);
const MEASURE_MS = Number(process.env['IDLE_MEASURE_MS'] ?? 120_000);
const ADMIN_KEY = 'bench-admin-secret-of-more-than-32-characters';

interface Idle {
  /** Of one core. */
  cpuPercent: number;
  statementsPerMinute: number;
}

async function post({ url }: Service, path: string, body: object): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-Key': ADMIN_KEY },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

async function giveSomethingToWaitFor(service: Service): Promise<void> {
  await post(service, '/flows', {
    name: 'Waits',
    trigger: { source: 'clockify', events: ['NEW_TIME_ENTRY'] },
    steps: [{ transform: 'payload.id' }],
  });
  await post(service, '/schedules', {
    name: 'Next year',
    cron: '0 0 1 1 *',
    text: 'clockify.get_user',
  });
}

async function measure(service: Service, countStatements: () => Promise<number>): Promise<Idle> {
  const pid = service.child.pid ?? 0;
  await giveSomethingToWaitFor(service);
  await delay(SETTLE_MS);
  const [cpuMs, statements, startedMs] = [cpuTimeMs(pid), await countStatements(), performance.now()];
  await delay(MEASURE_MS);
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    cpuPercent: (cpuTimeMs(pid) - cpuMs) / seconds / 10,
    statementsPerMinute: ((await countStatements()) - statements) / (seconds / 60),
  };
}

async function readCount({ url }: Service): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^database_statements_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

/** The service's own count, without what it costs to ask for it. */
async function ownCounter(service: Service): Promise<() => Promise<number>> {
  const before = await readCount(service);
  const perScrape = (await readCount(service)) - before;
  let scrapes = 0;
  return async () => (await readCount(service)) - perScrape * ++scrapes;
}

const COUNT = `select coalesce(sum(calls), 0)::int as calls from pg_stat_statements s join pg_database d on d.oid = s.dbid
  where query not like '%pg_stat_statements%'`;

async function onPostgres(): Promise<Idle> {
  const server = await startPostgres({ shared_preload_libraries: 'pg_stat_statements' });
  const db = new pg.Client({ connectionString: server.url });
  await db.connect();
  await db.query('create extension pg_stat_statements');
  const service = await startService({ DATABASE_URL: server.url, API_KEYS: `bench:admin:${ADMIN_KEY}` });
  try {
    await db.query('select pg_stat_statements_reset()');
    const count = async (): Promise<number> =>
      (await db.query<{ calls: number }>(COUNT)).rows[0]?.calls ?? Number.NaN;
    const idle = await measure(service, count);
    if (process.env['IDLE_VERBOSE']) {
      const { rows } =
        await db.query(`select calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 150) as query
        from pg_stat_statements where calls > 3 order by calls desc limit 40`);
      for (const row of rows) console.log(row.calls, row.query);
    }
    return idle;
  } finally {
    await service.stop();
    await db.end();
    await server.destroy();
  }
}

async function embedded(): Promise<Idle> {
  const folder = mkdtempSync(join(tmpdir(), 'clankerbot-idle-'));
  const service = await startService({
    DATA_DIR: join(folder, 'data'),
    API_KEYS: `bench:admin:${ADMIN_KEY}`,
  });
  try {
    return await measure(service, await ownCounter(service));
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

// One after the other: beside another process the same work takes more processor time.
const rows = { 'real Postgres': await onPostgres(), embedded: await embedded() };
const goals = { 'real Postgres': 0.3, embedded: 0.5 };
console.table(
  Object.fromEntries(
    Object.entries(rows).map(([name, idle]) => [
      name,
      {
        'CPU, % of a core': Number(idle.cpuPercent.toFixed(2)),
        'goal under': goals[name as keyof typeof goals],
        'statements a minute': Math.round(idle.statementsPerMinute),
        'goal below': 30,
      },
    ]),
  ),
);
