import { Kysely, type Logger, type TransactionBuilder, WithSchemaPlugin } from 'kysely';
import type { DatabaseEngine } from './database-engine.js';
import { insideTransaction } from './inside-transaction.js';
import { WorkspaceDialect } from './workspace-dialect.js';

/**
 * The tables, by name. Each feature adds its own beside its repository:
 * `declare module './database.js' { interface Tables { events: EventsTable } }`
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

type StatementListener = (statement: { sql: string; durationMs: number; hasFailed: boolean }) => void;

let listener: StatementListener | undefined;

/** Has each statement of databases that are made from now on told to it when it has ended: the text, without values. */
export function listenToStatements(next: StatementListener): void {
  listener = next;
}

export function createDatabase(engine: Pick<DatabaseEngine, 'pool'>): Database {
  const dialect = new WorkspaceDialect({ pool: async () => engine.pool });
  const plugins = [new WithSchemaPlugin(SCHEMA)];
  return new Database({ dialect, plugins, ...(listener ? { log: loggerFor(listener) } : {}) });
}

function loggerFor(tell: StatementListener): Logger {
  return ({ level, query, queryDurationMillis }) =>
    tell({ sql: query.sql, durationMs: queryDurationMillis, hasFailed: level === 'error' });
}
