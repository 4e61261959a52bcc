import { type Kysely, sql, type Transaction } from 'kysely';
import { sequencesIn, type TableShape, tablesIn } from './table-catalogue.js';
import { SCHEMA, type Tables } from '../database.js';
import { BACKUP_FORMAT, type BackupLine } from './backup-line.js';
import { BackupError } from './backup.errors.js';

const ROWS_AT_ONCE = 100;

/**
 * Everything as of one moment, while others go on writing: `use` gets the lines and reads them to the end. The moment is
 * now, unless this is the copy of a database that was taken earlier.
 */
export async function readBackup<T>(
  db: Kysely<Tables>,
  use: (lines: AsyncIterable<string>) => Promise<T>,
  takenAt?: string,
): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      await settle(trx);
      return use(backupLines(trx, takenAt ?? (await now(trx))));
    });
}

/**
 * The same text for the same value, whatever the server's settings are; no end for a reader that is slow; and an error for one
 * from whom rows are hidden, because it is not the owner.
 */
export async function settle(trx: Transaction<Tables>): Promise<void> {
  await sql`
    set local timezone = 'UTC';
    set local datestyle = 'ISO, YMD';
    set local intervalstyle = 'postgres';
    set local row_security = off;
    set local extra_float_digits = 3;
    set local bytea_output = 'hex';
    set local idle_in_transaction_session_timeout = 0`.execute(trx);
}

async function* backupLines(trx: Transaction<Tables>, createdAt: string): AsyncGenerator<string> {
  const tables = await tablesIn(trx);
  yield line({
    kind: 'clankerbot-backup',
    format: BACKUP_FORMAT,
    createdAt,
    migrations: await migrationsIn(trx, tables),
  });
  let rows = 0;
  for (const table of tables) {
    yield line({ kind: 'table', ...table });
    for await (const row of rowsOf(trx, table)) {
      rows += 1;
      yield row;
    }
  }
  for (const { schema, name } of await sequencesIn(trx)) {
    const state = await sql<{ lastValue: string; isCalled: boolean }>`
      select last_value::text as "lastValue", is_called as "isCalled" from ${sql.table(`${schema}.${name}`)}`.execute(
      trx,
    );
    for (const { lastValue, isCalled } of state.rows)
      yield line({ kind: 'sequence', schema, name, lastValue, isCalled });
  }
  yield line({ kind: 'end', tables: tables.length, rows });
}

const line = (value: BackupLine): string => JSON.stringify(value);

/** Postgres itself writes each row as one line: an array of its columns as texts. */
async function* rowsOf(trx: Transaction<Tables>, table: TableShape): AsyncGenerator<string> {
  const texts = table.columns.map(({ name }) => sql`${sql.ref(name)}::text`);
  const from = sql.table(`${table.schema}.${table.name}`);
  await sql`declare backup_rows no scroll cursor for
    select to_json(array[${sql.join(texts)}]::text[])::text as row from ${from}`.execute(trx);
  for (;;) {
    const { rows } = await sql<{
      row: string;
    }>`fetch ${sql.raw(String(ROWS_AT_ONCE))} from backup_rows`.execute(trx);
    for (const { row } of rows) yield row;
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await sql`close backup_rows`.execute(trx);
}

async function now(trx: Transaction<Tables>): Promise<string> {
  const { rows } = await sql<{ at: Date }>`select now() as at`.execute(trx);
  return rows[0]?.at.toISOString() ?? '';
}

const has = (tables: readonly TableShape[], schema: string, name: string): boolean =>
  tables.some((table) => table.schema === schema && table.name === name);

async function migrationsIn(trx: Transaction<Tables>, tables: readonly TableShape[]): Promise<string[]> {
  if (!has(tables, SCHEMA, 'migration')) throw new BackupError('There is no Clankerbot in this database.');
  const { rows } = await sql<{
    name: string;
  }>`select name from clankerbot.migration order by name`.execute(trx);
  return rows.map(({ name }) => name);
}
