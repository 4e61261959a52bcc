import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../support/postgres-server.ts';
import { startService } from './support/service.ts';
import { startSlackSink } from './support/slack-sink.ts';

/** Many schedules due in one second, and the look for due ones among a million. On a real Postgres with fsync. */
const STORED = 1_000_000;
const DUE = 10_000;
const LOOKS = 200;

/** Schedules as POST /schedules stores them, `count` of them, due at the given instant. */
async function store(db: pg.Client, prefix: string, count: number, dueAt: string): Promise<void> {
  const target = {
    kind: 'action',
    integration: 'slack',
    operation: 'post_message',
    params: { channel: '#x', text: 'due' },
  };
  await db.query(
    `insert into clankerbot.schedules (id, timing, timezone, target, misfire, overlap, jitter_seconds, is_paused,
       next_due_at, next_fire_at, created_by, created_at, updated_at)
     select $1 || lpad(n::text, 24, '0'), '{"kind":"cron","cron":"0 0 * * *"}', 'UTC', $2::jsonb,
       '{"policy":"coalesce"}', 'queue', 0, false, ${dueAt}, ${dueAt}, 'bench', now(), now()
     from generate_series(1, $3::int) n`,
    [prefix, JSON.stringify(target), count],
  );
}

/** Milliseconds of the look that every tick makes, and of the claim that follows where something is due. */
async function timeLooks(db: pg.Client): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  for (let i = 0; i < LOOKS; i++) {
    const startedMs = performance.now();
    await db.query('begin');
    await db.query(
      `select * from clankerbot.schedules where next_fire_at <= $1 order by next_fire_at limit 500 for update skip locked`,
      [new Date()],
    );
    times.push(performance.now() - startedMs);
    await db.query('rollback');
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(LOOKS * 0.5)] ?? 0, p99: times[Math.floor(LOOKS * 0.99)] ?? 0 };
}

const postgres = await startPostgres();
const sink = await startSlackSink();
const service = await startService({ DATABASE_URL: postgres.url, LOG_LEVEL: 'warn', ...sink.environment });
const db = new pg.Client({ connectionString: postgres.url });
await db.connect();
try {
  await store(db, 'FU', STORED, `now() + interval '1 day' + n * interval '1 second'`);
  await db.query('analyze clankerbot.schedules');
  const looks = await timeLooks(db);
  const { rows: due } = await db.query<{ at: Date }>(
    `select date_trunc('second', now()) + interval '6 seconds' as at`,
  );
  const at = due[0]?.at ?? new Date();
  await store(db, 'DU', DUE, `'${at.toISOString()}'::timestamptz`);
  for (let started = 0; started < DUE;) {
    await delay(500);
    const { rows } = await db.query<{ n: number }>(
      'select count(*)::int as n from clankerbot.schedule_runs where started_at is not null',
    );
    started = rows[0]?.n ?? 0;
    if (Date.now() > at.getTime() + 120_000) throw new Error(`Only ${started} started within two minutes`);
  }
  const { rows } = await db.query<{ first: number; last: number; total: number; distinct: number }>(
    `select extract(epoch from min(started_at) - $1::timestamptz)::float as first,
       extract(epoch from max(started_at) - $1::timestamptz)::float as last,
       count(*)::int as total, count(distinct schedule_id)::int as distinct
     from clankerbot.schedule_runs`,
    [at],
  );
  const [row] = rows;
  if (!row || row.total !== DUE || row.distinct !== DUE) throw new Error('A schedule fired twice or never');
  console.table([
    {
      what: `look for due ones among ${STORED}, p50 / p99`,
      measured: `${looks.p50.toFixed(2)} / ${looks.p99.toFixed(2)} ms`,
      goal: '5 ms',
    },
    { what: `first of ${DUE} due at once started after`, measured: `${row.first.toFixed(2)} s`, goal: '1 s' },
    { what: `last of ${DUE} due at once started after`, measured: `${row.last.toFixed(2)} s`, goal: '15 s' },
  ]);
  console.log(`last start against the goal: ${(row.last / 15).toFixed(2)}`);
} finally {
  await db.end();
  await service.stop();
  sink.close();
  await postgres.destroy();
}
