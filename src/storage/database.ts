import { Kysely, PostgresDialect } from 'kysely';
import type { DatabaseEngine } from './database-engine.js';

/**
 * The tables, by name. Each feature adds its own beside its repository:
 * `declare module '../storage/database.js' { interface Tables { events: EventsTable } }`
 */
// oxlint-disable-next-line typescript/no-empty-interface -- filled by declaration merging
export interface Tables {}

/** Kysely on the one pool, with every table in the schema `clankerbot`. Inject it by this class. */
export class Database extends Kysely<Tables> {}

export const SCHEMA = 'clankerbot';

export function createDatabase(engine: DatabaseEngine): Database {
  const dialect = new PostgresDialect({ pool: async () => engine.pool });
  return new Kysely<Tables>({ dialect }).withSchema(SCHEMA);
}
