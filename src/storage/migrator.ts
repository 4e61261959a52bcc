import { Inject, Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { type Migration, type MigrationResultSet, Migrator } from 'kysely/migration';
import { createDatabase, SCHEMA, type Tables } from './database.js';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { MIGRATIONS } from './migrations.js';
import { StartupError } from './storage.errors.js';
import { prepareRole } from './workspace-role-state.js';

const MIGRATION_TABLE = 'migration';
const UNDEFINED_TABLE = '42P01';

/** `0090-contract-after-0080-…` takes away what releases without 0080 still use. Every other migration only adds. */
const CONTRACT = /^\d{4}-contract-after-(\d{4})-/;

function isHarmless(name: string): boolean {
  const after = CONTRACT.exec(name)?.[1];
  return after === undefined || Object.keys(MIGRATIONS).some((known) => known.startsWith(`${after}-`));
}

/** Brings the schema up to date, one instance at a time: Kysely's migrator holds an advisory lock meanwhile. */
@Injectable()
export class DatabaseMigrator {
  #current: string | undefined;

  constructor(@Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine) {}

  /** What is being run now; undefined also while another process has its turn. */
  get current(): string | undefined {
    return this.#current;
  }

  /** Runs what is missing, however long that takes, and answers the names of what it ran. */
  async migrate(): Promise<string[]> {
    const later = await this.refuseFuture();
    const placeholders = Object.fromEntries(later.map((name) => [name, { up: async () => undefined }]));
    const all = Object.entries({ ...MIGRATIONS, ...placeholders });
    const noted = all.map(
      ([name, migration]) => [name, this.#noted(name, withoutLongWaits(migration))] as const,
    );
    return this.engine.withoutTimeLimit(async (pool) => {
      const names = await run(createDatabase({ pool }), Object.fromEntries(noted));
      await prepareRole(pool);
      return names;
    });
  }

  #noted(name: string, { up }: Migration): Migration {
    return {
      up: async (db) => {
        this.#current = name;
        await up(db).finally(() => (this.#current = undefined));
      },
    };
  }

  async hasPending(): Promise<boolean> {
    const executed = await this.#executed();
    return Object.keys(MIGRATIONS).some((name) => !executed.includes(name));
  }

  /** Returns what newer releases have added, which is no harm; refuses where one has taken away what this code uses. */
  async refuseFuture(): Promise<string[]> {
    const unknown = (await this.#executed()).filter((name) => !Object.hasOwn(MIGRATIONS, name));
    const harmful = unknown.filter((name) => !isHarmless(name));
    if (harmful.length === 0) return unknown;
    throw new StartupError(
      `The database was migrated by a newer Clankerbot: ${harmful.join(', ')} took away what this version uses. ` +
        'Start that newer version, or restore a backup made before the upgrade.',
    );
  }

  async #executed(): Promise<string[]> {
    try {
      const { rows } = await this.engine.pool.query<{ name: string }>(
        `select name from ${SCHEMA}.${MIGRATION_TABLE} order by name`,
      );
      return rows.map((row) => row.name);
    } catch (error) {
      if ((error as { code?: string }).code === UNDEFINED_TABLE) return [];
      throw error;
    }
  }
}

/** Brings an empty database to exactly the state that had run these, inside the caller's transaction. */
export async function migrateUpTo(db: Kysely<Tables>, names: readonly string[]): Promise<void> {
  await run(db, Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => names.includes(name))));
}

/**
 * A change of a table waits until nobody uses it, and everybody who comes then waits behind it. So it waits briefly only:
 * during a backup, say, the start tries again and again, and the other replicas go on.
 */
const withoutLongWaits = ({ up }: Migration): Migration => ({
  up: async (db) => {
    await sql`set local lock_timeout = '500ms'`.execute(db);
    await up(db);
  },
});

async function run(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    migrationTableSchema: SCHEMA,
  });
  const isNew = (await migrator.getMigrations()).every(({ executedAt }) => executedAt === undefined);
  return isNew ? namesOf(await migrator.migrateToLatest()) : oneByOne(migrator);
}

/**
 * On a database that is in use each has a transaction of its own: with the locks of one on one table, another would wait for
 * a second table, which whoever waits for the first one has.
 */
async function oneByOne(migrator: Migrator): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const ran = namesOf(await migrator.migrateUp());
    if (ran.length === 0) return names;
    names.push(...ran);
  }
}

function namesOf({ error, results }: MigrationResultSet): string[] {
  if (error !== undefined) throw error;
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName);
}
