import { join } from 'node:path';
import pg from 'pg';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';
import { type Load, startLoad } from './load.js';
import { buildRelease, previousRelease } from './previous-release.js';
import { type RoundRobin, startRoundRobin } from './round-robin.js';

const SECRET = 'the-webhook-secret';
const ENOUGH = 40;

const commit = previousRelease();
if (isOnPostgres && commit === undefined)
  process.stderr.write(
    'Skipping the rolling upgrade: this clone is too shallow to have the previous release.\n',
  );
const describeWithHistory = isOnPostgres && commit !== undefined ? describe : describe.skip;

describeWithHistory('the previous release and this one on one database, under load', () => {
  let sandbox: ClockifySandbox;
  let database: Awaited<ReturnType<typeof createEmptyPostgresDatabase>>;
  let balancer: RoundRobin;
  let load: Load | undefined;
  let previous: string;
  let env: Record<string, string>;
  beforeAll(async () => {
    previous = join(buildRelease(commit ?? ''), 'dist/main.js');
    sandbox = new ClockifySandbox();
    await sandbox.start();
    database = await createEmptyPostgresDatabase();
    balancer = await startRoundRobin();
    env = {
      ...sandbox.environment,
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '5',
      WEBHOOK_SHARED_SECRET: SECRET,
      CLOCKIFY_REQUESTS_PER_SECOND: '0',
      RATE_LIMIT_PER_MINUTE: '1000000',
      WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000',
    };
  }, 120_000);
  afterAll(async () => {
    await load?.stop();
    await balancer.close();
    await stopAllServices();
    await sandbox.stop();
    await database.drop();
  }, 60_000);

  /** As an orchestrator does: it gets requests once it is ready. */
  async function start(script?: string): Promise<Service> {
    const service = await startService(env, script === undefined ? {} : { script });
    await service.untilReady(60_000);
    balancer.add(service.url);
    return service;
  }

  /** As an orchestrator does: first no more requests, then the signal; and never before the others have served some. */
  async function replace(old: Service, script?: string): Promise<Service> {
    const service = await start(script);
    await untilAllServe(old, service);
    balancer.remove(old.url);
    expect([await old.stop(), errorsOf(old)]).toEqual([0, []]);
    return service;
  }

  /** What it complains about; that it was not ready at its start is none. */
  const errorsOf = (service: Service): unknown[] =>
    service.logs().filter(({ level, path }) => /error|fatal/.test(String(level)) && path !== '/readyz');

  const untilAllServe = async (...services: Service[]): Promise<void> => {
    const before = services.map(({ url }) => balancer.served(url));
    await until(
      () => services.every(({ url }, index) => balancer.served(url) >= (before[index] ?? 0) + ENOUGH),
      { withinMs: 20_000, what: 'every replica to have served requests' },
    );
  };

  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = (await client.query(sql)) as { rows: Record<string, unknown>[] };
    await client.end();
    return rows;
  };

  const post = async (path: string, body: object): Promise<{ data: { id: string } }> => {
    const response = await fetch(`${balancer.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    return (await response.json()) as { data: { id: string } };
  };

  const namesOf = (collection: string): string[] =>
    sandbox
      .list(collection)
      .map(({ name }) => String(name))
      .filter((name) => /^(event|client)-\d+$/.test(name))
      .sort();

  it('fail no request through upgrade and roll-back, and do everything acknowledged once', async () => {
    const workspaceId = sandbox.workspace.id;
    const [first, second] = [await start(previous), await start(previous)];
    await post('/flows', {
      name: 'Tag what comes in',
      trigger: { source: 'clockify', events: ['NEW_PROJECT'] },
      steps: [
        {
          id: 'tag',
          action: 'clockify.create_tag',
          params: { workspaceId, body: { name: '{{ payload.name }}' } },
        },
      ],
    });
    const schedule = await post('/schedules', {
      every: 'PT1S',
      integration: 'clockify',
      operation: 'get_user',
      params: {},
    });
    load = startLoad({ url: balancer.url, webhookSecret: SECRET, workspaceId });
    await untilAllServe(first, second);

    const third = await replace(first);
    // Under the feet of both releases.
    for (const { tablename } of await query(TABLES)) await query(addColumn(tablename));
    for (const statement of LATER) await query(statement);
    await untilAllServe(second, third);
    const fourth = await replace(second);
    const fifth = await replace(third, previous);
    await untilAllServe(fourth, fifth);

    await load.stop();
    expect(load.failures.slice(0, 5)).toEqual([]);
    expect([fourth, fifth].flatMap(errorsOf)).toEqual([]);
    await until(() => namesOf('tags').length >= (load?.delivered.length ?? 0), {
      withinMs: 30_000,
      what: 'the effect of every delivery',
    });
    expect(namesOf('tags')).toEqual([...load.delivered].sort());
    expect(namesOf('clients')).toEqual([...load.created].sort());
    expect(load.requests).toBeGreaterThan(ENOUGH * 10);

    const missed = `select kind, status from clankerbot.schedule_runs
      where schedule_id = '${schedule.data.id}' and (kind <> 'due' or status not in ('succeeded', 'running', 'queued'))`;
    expect(await query(missed)).toEqual([]);
    expect(await query('select * from clankerbot.event_dead_letters')).toEqual([]);
    // The effects are there; that they were had is written down a moment later.
    const open = "select id from clankerbot.flow_runs where status in ('queued', 'running', 'waiting')";
    await until(async () => (await query(open)).length === 0, { what: 'the end of all flow runs' });
    expect(await query("select * from clankerbot.flow_runs where status not in ('succeeded')")).toEqual([]);
    process.stdout.write(`rolling upgrade: ${load.requests} requests, ${load.delivered.length} deliveries\n`);
  }, 240_000);
});

/** What a later release might do, one table at a time, so that no lock is waited for while another is held. */
const LATER = [
  'create table clankerbot.added_later (id text primary key)',
  'create index added_later_events on clankerbot.events (type, id)',
  "insert into clankerbot.migration (name, timestamp) values ('9990-added-later', now()::text)",
];
const TABLES =
  "select tablename from pg_tables where schemaname = 'clankerbot' and tablename not like 'migration%'";
const addColumn = (table: unknown): string =>
  `alter table clankerbot."${String(table)}" add column added_later text not null default 'x'`;
