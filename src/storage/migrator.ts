import { Inject, Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { createDatabase, SCHEMA, type Tables } from './database.js';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { MIGRATIONS } from './migrations.js';
import { StartupError } from './storage.errors.js';

const MIGRATION_TABLE = 'migration';
const UNDEFINED_TABLE = '42P01';

/** Brings the schema up to date, one instance at a time: Kysely's migrator holds an advisory lock meanwhile. */
@Injectable()
export class DatabaseMigrator {
  constructor(@Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine) {}

  /** Runs what is missing and answers the names of what it ran. */
  async migrate(): Promise<string[]> {
    await this.refuseFuture();
    return run(createDatabase(this.engine), { ...MIGRATIONS });
  }

  async hasPending(): Promise<boolean> {
    const executed = await this.#executed();
    return Object.keys(MIGRATIONS).some((name) => !executed.includes(name));
  }

  /** A database that a newer release has migrated may hold what this code would misread or damage. */
  async refuseFuture(): Promise<void> {
    const unknown = (await this.#executed()).filter((name) => !Object.hasOwn(MIGRATIONS, name));
    if (unknown.length === 0) return;
    throw new StartupError(
      `The database was migrated by a newer Clankerbot: it has ${unknown.join(', ')}, which this version does not know. ` +
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

async function run(db: Kysely<Tables>, migrations: Record<string, Migration>): Promise<string[]> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
    migrationTableSchema: SCHEMA,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName);
}
