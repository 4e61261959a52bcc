import pg from 'pg';
import { newId } from '../../src/clock/new-id.js';
import { createDatabase } from '../../src/storage/database.js';
import { DatabaseMigrator, migrateUpTo } from '../../src/storage/migrator.js';
import { MIGRATIONS } from '../../src/storage/migrations.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';
import { Statements } from '../../src/storage/statements.js';
import { asWorkspace } from '../../src/storage/workspace.js';
import { readRoleState } from '../../src/storage/workspace-role-state.js';
import { createEmptyPostgresDatabase, describeOnPostgres, isOnPostgres } from '../support/database.js';
import { startService, stopAllServices } from '../support/service.js';
import { fillWorkspaces, WORKSPACE_ROWS } from '../support/workspace-rows.js';

const BEFORE = Object.keys(MIGRATIONS).filter((name) => name < '0150');

async function emptyEngine(): Promise<{ engine: DatabaseEngine; drop: () => Promise<void> }> {
  if (!isOnPostgres) return { engine: new PgliteEngine('memory://'), drop: async () => undefined };
  const { url, drop } = await createEmptyPostgresDatabase();
  return { engine: new PostgresEngine({ url, poolSize: 2, onError: () => undefined }), drop };
}

const countIn = (statements: Statements) => async (): Promise<number> =>
  (await statements.query('select 1 from clankerbot.events')).rowCount ?? -1;

describe('a database of the release before', () => {
  it('keeps what it has for the service, and gives each workspace what says that it is of it', async () => {
    const { engine, drop } = await emptyEngine();
    await engine.open();
    await createDatabase(engine)
      .transaction()
      .execute((trx) => migrateUpTo(trx, BEFORE));
    await fillWorkspaces(engine, ['ws-a', 'ws-b']);
    const { rows: filled } = await engine.pool.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'clankerbot'`,
    );
    const ran = await new DatabaseMigrator(engine).migrate();
    expect(ran).toEqual(Object.keys(MIGRATIONS).filter((name) => !BEFORE.includes(name)));
    for (const table of Object.keys(WORKSPACE_ROWS).filter((name) => filled.some((one) => one.name === name)))
      expect((await engine.pool.query(`select 1 from clankerbot.${table}`)).rowCount).toBe(2);
    const statements = new Statements(engine);
    const count = (table: string) => async () =>
      (await statements.query(`select 1 from clankerbot.${table}`)).rowCount;
    expect(await asWorkspace('ws-a', count('events'))).toBe(1);
    expect(await asWorkspace('ws-a', count('flow_steps'))).toBe(1);
    expect(await asWorkspace('ws-a', count('flows'))).toBe(0); // The release before did not say whose they are.
    expect(await new DatabaseMigrator(engine).migrate()).toEqual([]);
    await engine.close();
    await drop();
  }, 60_000);
});

describeOnPostgres('a user of the database who is no superuser', () => {
  let database: Awaited<ReturnType<typeof createEmptyPostgresDatabase>>;
  let admin: pg.Client;
  const engines: PostgresEngine[] = [];
  const users: string[] = [];

  beforeEach(async () => {
    database = await createEmptyPostgresDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
  });
  afterEach(async () => {
    await stopAllServices();
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
    for (const user of users.splice(0)) await admin.query(`drop owned by ${user}; drop role ${user}`);
    await admin.end();
    await database.drop();
  });

  async function user(): Promise<{ name: string; url: string; engine: PostgresEngine }> {
    const name = `user_${newId().toLowerCase()}`;
    await admin.query(`create role ${name} login password 'pass-word-1'`);
    users.push(name);
    const url = new URL(database.url);
    url.username = name;
    url.password = 'pass-word-1';
    const engine = new PostgresEngine({ url: url.href, poolSize: 2, onError: () => undefined });
    engines.push(engine);
    return { name, url: url.href, engine };
  }

  async function owner() {
    const own = await user();
    await admin.query(`grant create on database ${new URL(database.url).pathname.slice(1)} to ${own.name}`);
    await new DatabaseMigrator(own.engine).migrate();
    return own;
  }

  it('may not take the role until it was granted: work for a workspace is refused, the service goes on', async () => {
    const { name, engine } = await owner();
    const statements = new Statements(engine);
    await fillWorkspaces(engine, ['ws-a', 'ws-b']);
    expect(await readRoleState(engine.pool)).toMatchObject({ mayBeTaken: false, hidesRowsFromUs: false });
    await expect(asWorkspace('ws-a', countIn(statements))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await countIn(statements)()).toBe(2);
    await admin.query(`grant clankerbot_workspace to ${name}`);
    expect(await readRoleState(engine.pool)).toMatchObject({ mayBeTaken: true, ungranted: [] });
    expect(await asWorkspace('ws-a', countIn(statements))).toBe(1);
  });

  it('is told so by readiness, which is ready all the same', async () => {
    const { url } = await owner();
    const service = await startService({ DATABASE_URL: url });
    await service.untilReady();
    const answer = (await (await fetch(`${service.url}/readyz`)).json()) as { data?: { warnings: string[] } };
    expect(JSON.stringify(answer)).toContain('The database does not keep workspaces apart');
  });

  it('and had rights to the tables before there were policies sees all rows as before', async () => {
    const { engine } = await owner();
    const { name, engine: reader } = await user();
    // As before: the rights come first, the policies after them.
    await engine.pool.query(`grant usage on schema clankerbot to ${name}`);
    await engine.pool.query(`create table clankerbot.planted (id text, workspace_id text)`);
    await engine.pool.query(`grant select on clankerbot.planted to ${name}`);
    const { enableWorkspacePolicy } = await import('../../src/storage/workspace-policy.js');
    await enableWorkspacePolicy(createDatabase(engine) as never, 'planted');
    await engine.pool.query(`insert into clankerbot.planted values ('1', 'ws-a'), ('2', null)`);
    expect((await reader.pool.query('select 1 from clankerbot.planted')).rowCount).toBe(2);
  });

  it('and is not the owner is not served an empty database: the start ends with the reason', async () => {
    const { engine } = await owner();
    const { name, url } = await user();
    await engine.pool.query(`grant usage on schema clankerbot to ${name}`);
    await engine.pool.query(`grant all on all tables in schema clankerbot to ${name}`);
    const service = await startService({ DATABASE_URL: url, MIGRATE_ON_START: 'false' });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain(`hides the rows of Clankerbot from the database user ${name}`);
  });
});
