import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { newId } from '../../src/clock/new-id.js';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';
import { createDatabase, type Database, SCHEMA } from '../../src/storage/database.js';
import { DatabaseMigrator } from '../../src/storage/migrator.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';

/** Set by `npm run test:postgres`; the suites then run on that server instead of the embedded Postgres. */
export const TEST_DATABASE_URL = process.env['TEST_DATABASE_URL'];
export const isOnPostgres = TEST_DATABASE_URL !== undefined;

/** For what only a server can show: many processes, restarts. Runs in `npm run test:postgres`. */
export const describeOnPostgres = isOnPostgres ? describe : describe.skip;

export interface TestDatabase {
  engine: DatabaseEngine;
  db: Database;
  /** Connection string of this database; undefined on the embedded Postgres. */
  url: string | undefined;
  truncate(): Promise<void>;
  close(): Promise<void>;
}

/** A migrated database of its own for this test file. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { engine, url, drop } = await createTestEngine();
  await engine.open();
  return {
    engine,
    db: createDatabase(engine),
    url,
    truncate: () => truncateAll(engine),
    async close() {
      await engine.close();
      await drop();
    },
  };
}

/** An engine on a migrated database, not yet open, for an application that opens and closes it itself. */
export async function createTestEngine(): Promise<{
  engine: DatabaseEngine;
  url: string | undefined;
  drop: () => Promise<void>;
}> {
  if (TEST_DATABASE_URL === undefined) {
    const engine = new PgliteEngine('memory://', migratedSnapshot);
    return { engine, url: undefined, drop: async () => undefined };
  }
  const { url, drop } = await createPostgresDatabase();
  return { engine: postgresEngine(url), url, drop };
}

/** Empties every table of the feature schema, except the record of migrations. */
async function truncateAll(engine: DatabaseEngine): Promise<void> {
  const { rows } = await engine.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = $1 and tablename not like 'migration%'`,
    [SCHEMA],
  );
  if (rows.length > 0) await engine.pool.query(`truncate ${rows.map((r) => r.name).join(', ')} cascade`);
}

function postgresEngine(url: string): PostgresEngine {
  return new PostgresEngine({ url, poolSize: 5, onError: () => undefined });
}

/** A new, empty-but-migrated database on the test server, copied from a template. */
export async function createPostgresDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const template = await ensureTemplate();
  const name = `test_${newId().toLowerCase()}`;
  await onServer((client) => client.query(`create database ${name} template ${template}`));
  return {
    url: urlOf(name),
    drop: () => onServer((client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

/** A new database without anything in it. */
export async function createEmptyPostgresDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${newId().toLowerCase()}`;
  await onServer((client) => client.query(`create database ${name}`));
  return {
    url: urlOf(name),
    drop: () => onServer((client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

async function ensureTemplate(): Promise<string> {
  const template = `template_${schemaHash()}`;
  await onServer(async (client) => {
    await client.query('select pg_advisory_lock(8473001)');
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount !== 0) return;
    await client.query(`create database ${template}_draft`);
    const engine = postgresEngine(urlOf(`${template}_draft`));
    await new DatabaseMigrator(engine).migrate();
    await engine.close();
    await client.query(`alter database ${template}_draft rename to ${template}`);
  });
  return template;
}

async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: TEST_DATABASE_URL });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(TEST_DATABASE_URL ?? '');
  url.pathname = `/${database}`;
  return url.href;
}

const snapshotPath = (): string => join(tmpdir(), `clankerbot-snapshot-${schemaHash()}.tar`);

/** The embedded Postgres after initdb and all migrations, made once per machine and schema. */
async function migratedSnapshot(): Promise<Blob> {
  const path = snapshotPath();
  if (!existsSync(path)) {
    const engine = new PgliteEngine('memory://');
    await engine.open();
    await new DatabaseMigrator(engine).migrate();
    const dump = await engine.dump();
    await engine.close();
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, Buffer.from(await dump.arrayBuffer()));
    renameSync(draft, path);
  }
  return new Blob([readFileSync(path)]);
}

/** A migrated database for a service of its own process: its environment, and how to remove it. */
export async function createServiceDatabase(): Promise<{
  env: Record<string, string>;
  drop: () => Promise<void>;
}> {
  if (isOnPostgres) {
    const { url, drop } = await createPostgresDatabase();
    return { env: { DATABASE_URL: url }, drop };
  }
  await migratedSnapshot();
  const directory = mkdtempSync(join(tmpdir(), 'clankerbot-data-'));
  execFileSync('tar', ['-xf', snapshotPath(), '-C', directory]);
  return {
    env: { DATA_DIR: directory },
    drop: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Changes whenever a migration does. */
function schemaHash(): string {
  const folder = join(import.meta.dirname, '../../src/storage/migrations');
  const hash = createHash('sha256').update(readFileSync(join(folder, '../migrations.ts')));
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}
