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
import { queueVersionIn, settle } from './backup-writer.js';
import { BackupError } from './backup.errors.js';
import { RowWriter } from './row-writer.js';
import { type TableShape, tablesIn } from './table-catalogue.js';

export interface LoadOptions {
  /** Makes the job queue's tables inside the transaction; the room above knows them. */
  installQueue: (trx: Transaction<Tables>) => Promise<void>;
}

/** Puts a backup into a place without tables. Promises all of it or nothing: one transaction, rows counted at its end. */
export async function loadBackup(
  db: Kysely<Tables>,
  lines: AsyncIterable<string>,
  options: LoadOptions,
): Promise<BackupSummary> {
  return db.transaction().execute(async (trx) => {
    if ((await tablesIn(trx)).length > 0) throw notEmpty();
    let summary: BackupSummary = { tables: 0, rows: 0 };
    let loader: TableLoader | undefined;
    for await (const line of wholeBackup(lines, (whole) => (summary = whole))) {
      if (loader) await loader.take(line);
      else loader = await prepare(trx, headOf(line), options);
    }
    await loader?.finish();
    return summary;
  });
}

const notEmpty = (): BackupError =>
  new BackupError('The database has tables of Clankerbot already. Choose an empty one; nothing was changed.');

/** Makes the tables as they were when the backup was made, and empties them of what comes with them. */
async function prepare(
  trx: Transaction<Tables>,
  head: BackupHead,
  options: LoadOptions,
): Promise<TableLoader> {
  const unknown = head.migrations.filter((name) => !Object.hasOwn(MIGRATIONS, name));
  if (unknown.length > 0) throw newer(unknown.join(', '));
  await migrateUpTo(trx, head.migrations);
  if (head.queueVersion !== null) await options.installQueue(trx);
  await settle(trx);
  const tables = await tablesIn(trx);
  const version = await queueVersionIn(trx, tables);
  if (head.queueVersion !== null && version !== null && head.queueVersion !== version)
    throw head.queueVersion > version ? newer(`job queue ${head.queueVersion}`) : older(head.queueVersion);
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

const older = (version: number): BackupError =>
  new BackupError(
    `The backup has the job queue's tables in their older version ${version}. ` +
      'Restore it with the version that made it, and upgrade then.',
  );

class TableLoader {
  #table: RowWriter | undefined;

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly tables: readonly TableShape[],
  ) {}

  async take(line: string): Promise<void> {
    if (isRow(line)) {
      if (!this.#table) throw new BackupError('The backup has rows without a table.');
      return this.#table.add(line);
    }
    await this.finish();
    const value = parseLine(line);
    if (value.kind === 'table') this.#table = await this.#open(value);
    if (value.kind === 'sequence') await this.#set(value);
  }

  async finish(): Promise<void> {
    await this.#table?.finish();
    this.#table = undefined;
  }

  async #open(line: TableLine): Promise<RowWriter> {
    const table = this.tables.find(({ schema, name }) => schema === line.schema && name === line.name);
    if (!table)
      throw new BackupError(`The backup has the table ${line.schema}.${line.name}, which is unknown.`);
    for (const { name, bound } of line.partitions) {
      if (!BOUND.test(bound)) throw new BackupError(`The backup has a partition ${name} without a bound.`);
      await sql`create table if not exists ${sql.table(`${table.schema}.${name}`)}
        partition of ${sql.table(`${table.schema}.${table.name}`)} ${sql.raw(bound)}`.execute(this.trx);
    }
    return new RowWriter(
      this.trx,
      table,
      line.columns.map(({ name }) => name),
    );
  }

  async #set({ schema, name, lastValue, isCalled }: SequenceLine): Promise<void> {
    await sql`select setval(format('%I.%I', ${schema}::text, ${name}::text)::regclass, ${lastValue}::text::bigint, ${isCalled})`.execute(
      this.trx,
    );
  }
}

/** As Postgres writes it; anything else would be run as it stands. */
const BOUND = /^(DEFAULT|FOR VALUES [^;]+)$/;
