import { Kysely, PostgresDialect, type TransactionBuilder, WithSchemaPlugin } from 'kysely';
import type { DatabaseEngine } from './database-engine.js';
import { insideTransaction } from './inside-transaction.js';

/**
 * The tables, by name. Each feature adds its own beside its repository:
 * `declare module '../storage/database.js' { interface Tables { events: EventsTable } }`
 */
// oxlint-disable-next-line typescript/no-empty-interface -- filled by declaration merging
export interface Tables {}

/** Kysely on the one pool, with every table in the schema `clankerbot`. Inject it by this class. */
export class Database extends Kysely<Tables> {
  override transaction(): TransactionBuilder<Tables> {
    const builder = super.transaction();
    const execute = builder.execute.bind(builder);
    builder.execute = (work) => execute((transaction) => insideTransaction(() => work(transaction)));
    return builder;
  }
}

export const SCHEMA = 'clankerbot';

export function createDatabase(engine: Pick<DatabaseEngine, 'pool'>): Database {
  const dialect = new PostgresDialect({ pool: async () => engine.pool });
  return new Database({ dialect, plugins: [new WithSchemaPlugin(SCHEMA)] });
}
