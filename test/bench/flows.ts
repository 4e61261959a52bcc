import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../support/postgres-server.ts';
import { cpuTimeMs } from './support/cpu-time.ts';
import { startService } from './support/service.ts';
import { startSlackSink } from './support/slack-sink.ts';

/** One-step flow runs a second, from the webhook's door to the run's last word, on a real Postgres with fsync. */
const SECONDS = 8;
const RATE = 2000;
const GOAL = 1000;
const here = import.meta.dirname;
const run = promisify(execFile);

interface Row {
  step: string;
  runs: number;
  seconds: number;
  p50: number;
  p99: number;
  serviceMs: number;
  databaseMs: number;
}

async function post(port: number, path: string, body?: object, method = 'POST'): Promise<{ id: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? { id: '' } : ((await response.json()) as { data: { id: string } }).data;
}

/** The service, and what else we started that is not the load: the database. */
function cpu(): { service: number; database: number } {
  const pid = service.child.pid ?? 0;
  return {
    service: cpuTimeMs(pid),
    database: cpuTimeMs(process.pid, [pid]) - process.cpuUsage().user / 1000,
  };
}

async function measure(
  port: number,
  db: pg.Client,
  step: object,
  options: { name: string; rate: number },
): Promise<Row> {
  const flow = await post(port, '/flows', {
    name: options.name,
    trigger: { source: 'clockify' },
    steps: [step],
  });
  const args = [port, '/webhooks/clockify', 32, SECONDS, options.rate].map(String);
  const before = cpu();
  await run(process.execPath, [join(here, 'inbox/webhook-load.ts'), ...args]);
  for (let last = -1; ;) {
    const { rows } = await db.query<{ open: number }>(
      `select (select count(*) from clankerbot.event_dispatch)
        + (select count(*) from clankerbot.flow_runs where finished_at is null) as open`,
    );
    const open = Number(rows[0]?.open);
    if (open === 0 && last === 0) break;
    last = open;
    await delay(200);
  }
  const after = cpu();
  const { rows } = await db.query<{ runs: number; seconds: number; p50: number; p99: number; bad: number }>(
    `select count(*)::int as runs, count(*) filter (where status <> 'succeeded')::int as bad,
      extract(epoch from max(finished_at) - min(created_at))::float as seconds,
      percentile_cont(0.5) within group (order by extract(epoch from finished_at - created_at) * 1000) as p50,
      percentile_cont(0.99) within group (order by extract(epoch from finished_at - created_at) * 1000) as p99
     from clankerbot.flow_runs where flow_id = $1`,
    [flow.id],
  );
  await post(port, `/flows/${flow.id}`, undefined, 'DELETE');
  const [row] = rows;
  if (!row || row.bad > 0) throw new Error(`${row?.bad} runs did not succeed`);
  return {
    step: options.name,
    runs: row.runs,
    seconds: row.seconds,
    p50: row.p50,
    p99: row.p99,
    serviceMs: (after.service - before.service) / row.runs,
    databaseMs: (after.database - before.database) / row.runs,
  };
}

const postgres = await startPostgres();
const sink = await startSlackSink();
const service = await startService({ DATABASE_URL: postgres.url, LOG_LEVEL: 'warn', ...sink.environment });
const db = new pg.Client({ connectionString: postgres.url });
await db.connect();
try {
  const rows = [
    await measure(service.port, db, { transform: 1 }, { name: 'no-op (transform)', rate: RATE }),
    await measure(
      service.port,
      db,
      { action: 'slack.post_message', params: { channel: '#x', text: '{{ payload.id }}' } },
      { name: 'one HTTP call, journalled', rate: 400 },
    ),
  ];
  console.table(
    rows.map((row) => ({
      step: row.step,
      runs: row.runs,
      'runs/s': Math.round(row.runs / row.seconds),
      'p50 ms': Math.round(row.p50),
      'p99 ms': Math.round(row.p99),
      'service CPU ms/run': row.serviceMs.toFixed(2),
      'database CPU ms/run': row.databaseMs.toFixed(2),
    })),
  );
  const [first] = rows;
  if (first)
    console.log(`no-op against the goal of ${GOAL}/s: ${(first.runs / first.seconds / GOAL).toFixed(2)}`);
} finally {
  await db.end();
  await service.stop();
  sink.close();
  await postgres.destroy();
}
