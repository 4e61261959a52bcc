import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../database.js';
import { MIGRATIONS } from '../migrations.js';
import { migrateUpTo } from '../migrator.js';
import {
  type BackupHead,
  type BackupSummary,
  isRow,
  type SequenceLine,
  type TableLine,
} from './backup-line.js';
import { headOf, parseLine, wholeBackup } from './backup-reader.js';
import { settle } from './backup-writer.js';
import { BackupError } from './backup.errors.js';
import { FORMER_JOBS, FORMER_SCHEMA, forgetEndedFormerJobs, makeFormerJobs } from './former-queue-table.js';
import { RowWriter } from './row-writer.js';
import { type TableShape, tablesIn } from './table-catalogue.js';

/** Puts a backup into a place without tables. Promises all of it or nothing: one transaction, rows counted at its end. */
export async function loadBackup(db: Kysely<Tables>, lines: AsyncIterable<string>): Promise<BackupSummary> {
  return db.transaction().execute(async (trx) => {
    if ((await tablesIn(trx)).length > 0) throw notEmpty();
    let loader: TableLoader | undefined;
    for await (const line of wholeBackup(lines)) {
      if (loader) await loader.take(line);
      else loader = await prepare(trx, headOf(line));
    }
    return (await loader?.finishAll()) ?? { tables: 0, rows: 0 };
  });
}

const notEmpty = (): BackupError =>
  new BackupError('The database has tables of Clankerbot already. Choose an empty one; nothing was changed.');

/** Makes the tables as they were when the backup was made, and empties them of what comes with them. */
async function prepare(trx: Transaction<Tables>, head: BackupHead): Promise<TableLoader> {
  const unknown = head.migrations.filter((name) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown.length > 0) throw newer(unknown.join(', '));
  await migrateUpTo(trx, head.migrations);
  await settle(trx);
  const tables = await tablesIn(trx);
  await sql`truncate ${sql.join(tables.map(({ schema, name }) => sql.table(`${schema}.${name}`)))}`.execute(
    trx,
  );
  return new TableLoader(trx, tables);
}

const newer = (what: string): BackupError =>
  new BackupError(
    `The backup was made by a newer Clankerbot: it has ${what}, which this version does not know. ` +
      'Restore it with that version.',
  );

class TableLoader {
  readonly #summary: BackupSummary = { tables: 0, rows: 0 };
  #table: RowWriter | 'left out' | undefined;
  #hasFormerJobs = false;

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly tables: readonly TableShape[],
  ) {}

  /** Returns what has been restored. */
  async finishAll(): Promise<BackupSummary> {
    await this.#finish();
    if (this.#hasFormerJobs) await forgetEndedFormerJobs(this.trx);
    return this.#summary;
  }

  async take(line: string): Promise<void> {
    if (isRow(line)) {
      if (!this.#table) throw new BackupError('The backup has rows without a table.');
      return this.#table === 'left out' ? undefined : this.#table.add(line);
    }
    await this.#finish();
    const value = parseLine(line);
    if (value.kind === 'table') this.#table = await this.#open(value);
    if (value.kind === 'sequence' && value.schema !== FORMER_SCHEMA) await this.#set(value);
  }

  async #finish(): Promise<void> {
    if (this.#table === undefined || this.#table === 'left out') return;
    await this.#table.finish();
    this.#summary.tables += 1;
    this.#summary.rows += this.#table.written;
    this.#table = undefined;
  }

  /** Of an older release's queue the jobs only: the rest is how it keeps them. */
  async #open(line: TableLine): Promise<RowWriter | 'left out'> {
    if (line.schema === FORMER_SCHEMA)
      return line.name === FORMER_JOBS ? this.#openFormerJobs(line) : 'left out';
    const table = this.tables.find(({ schema, name }) => schema === line.schema && name === line.name);
    if (!table)
      throw new BackupError(`The backup has the table ${line.schema}.${line.name}, which is unknown.`);
    return new RowWriter(
      this.trx,
      table,
      line.columns.map(({ name }) => name),
    );
  }

  async #openFormerJobs(line: TableLine): Promise<RowWriter> {
    await makeFormerJobs(this.trx);
    this.#hasFormerJobs = true;
    const table = (await tablesIn(this.trx)).find(({ schema }) => schema === FORMER_SCHEMA);
    if (!table) throw new Error('unreachable: it was just made');
    return new RowWriter(
      this.trx,
      table,
      line.columns.map(({ name }) => name),
      { isPart: true },
    );
  }

  async #set({ schema, name, lastValue, isCalled }: SequenceLine): Promise<void> {
    await sql`select setval(format('%I.%I', ${schema}::text, ${name}::text)::regclass, ${lastValue}::text::bigint, ${isCalled})`.execute(
      this.trx,
    );
  }
}
