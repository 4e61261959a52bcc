import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';
import { buildRelease, previousRelease } from './previous-release.js';

const commit = previousRelease();
if (isOnPostgres && commit === undefined)
  process.stderr.write(
    'Skipping the upgrade of jobs: this clone is too shallow to have the previous release.\n',
  );
const describeWithHistory = isOnPostgres && commit !== undefined ? describe : describe.skip;

/** The statement for going back, as the operator finds it. */
const BACK =
  /```sql\n(with back as [\s\S]*?)```/.exec(
    readFileSync(join(import.meta.dirname, '../../docs/upgrades.md'), 'utf8'),
  )?.[1] ?? '';

describeWithHistory('a job that one release has put in line', () => {
  let sandbox: ClockifySandbox;
  let database: Awaited<ReturnType<typeof createEmptyPostgresDatabase>>;
  let client: pg.Client;
  let previous: string;
  beforeAll(async () => {
    previous = join(buildRelease(commit ?? ''), 'dist/main.js');
    sandbox = new ClockifySandbox();
    await sandbox.start();
    database = await createEmptyPostgresDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  }, 120_000);
  afterAll(async () => {
    await stopAllServices();
    await client.end();
    await sandbox.stop();
    await database.drop();
  }, 60_000);

  async function start(role: string, script?: string): Promise<Service> {
    const env = { ...sandbox.environment, DATABASE_URL: database.url, PROCESS_ROLE: role };
    const service = await startService(env, script === undefined ? {} : { script });
    await service.untilReady(60_000);
    return service;
  }

  /** Creates a tag, later than anybody waits for unless it is asked for now. */
  async function putInLine(service: Service, name: string): Promise<void> {
    const post = async (path: string, body: object): Promise<{ data: { id: string } }> => {
      const response = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([path, response.status < 300]).toEqual([path, true]);
      return (await response.json()) as { data: { id: string } };
    };
    const { data } = await post('/schedules', {
      at: new Date(Date.now() + 86_400_000).toISOString(),
      integration: 'clockify',
      operation: 'create_tag',
      params: { workspaceId: sandbox.workspace.id, body: { name } },
    });
    await post(`/schedules/${data.id}/run`, {});
  }

  const tags = (): string[] => sandbox.list('tags').map((tag) => String(tag['name']));
  const waitingIn = async (table: string, states: string): Promise<number> =>
    Number(
      (
        await client.query(
          `select count(*) from ${table} where name = 'schedule-runs' and state in (${states})`,
        )
      ).rows[0].count,
    );

  it('is done once by the next one, and, after the statement for going back, by the one before', async () => {
    const before = await start('web', previous);
    await putInLine(before, 'upgraded');
    expect(await waitingIn('clankerbot_queue.job', "'created'")).toBe(1);
    expect(await before.stop()).toBe(0);

    const worker = await start('all');
    await until(() => tags().includes('upgraded'), { withinMs: 30_000 });
    expect(await worker.stop()).toBe(0);
    expect(await waitingIn('clankerbot_queue.job', "'created', 'retry', 'active'")).toBe(0);

    const web = await start('web');
    await putInLine(web, 'went back');
    expect(await web.stop()).toBe(0);
    expect((await client.query(BACK)).rowCount).toBe(1);
    const after = await start('all', previous);
    await until(() => tags().includes('went back'), { withinMs: 30_000 });
    expect(await after.stop()).toBe(0);

    expect(
      tags()
        .filter((name) => ['upgraded', 'went back'].includes(name))
        .sort(),
    ).toEqual(['upgraded', 'went back']);
    expect((await client.query('select * from clankerbot.jobs')).rows).toEqual([]);
    const { rows } = await client.query('select status from clankerbot.schedule_runs');
    expect(rows).toEqual([{ status: 'succeeded' }, { status: 'succeeded' }]);
  }, 180_000);
});
