import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database.js';
import { BackupError } from './backup.errors.js';
import type { TableShape } from './table-catalogue.js';

const ROWS_AT_ONCE = 1_000;
const CHARACTERS_AT_ONCE = 1_000_000;

/**
 * Fills one table from a backup's rows, many in one statement, and counts at the end what has arrived. A part of their
 * columns only where the table is made for that.
 */
export class RowWriter {
  readonly #columns: { name: string; type: string; place: number }[];
  #rows: string[] = [];
  #characters = 0;
  #written = 0;

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly table: TableShape,
    columns: readonly string[],
    { isPart = false } = {},
  ) {
    this.#columns = columns.flatMap((name, place) => {
      const known = table.columns.find((column) => column.name === name);
      if (known) return [{ name, place, type: known.type }];
      if (isPart) return [];
      throw new BackupError(`The backup has the column ${this.#name}.${name}, which is unknown.`);
    });
  }

  get written(): number {
    return this.#written;
  }

  get #name(): string {
    return `${this.table.schema}.${this.table.name}`;
  }

  async add(row: string): Promise<void> {
    this.#rows.push(row);
    this.#characters += row.length;
    if (this.#rows.length >= ROWS_AT_ONCE || this.#characters >= CHARACTERS_AT_ONCE) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    const { rows } = await sql<{
      count: string;
    }>`select count(*)::text as count from ${sql.table(this.#name)}`.execute(this.trx);
    if (Number(rows[0]?.count) !== this.#written)
      throw new BackupError(`${this.#written} rows went into ${this.#name}, but it has ${rows[0]?.count}.`);
  }

  async #flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const values = this.#columns.map(
      ({ type, place }) => sql`(item ->> ${sql.raw(String(place))})::${sql.raw(type)}`,
    );
    await sql`insert into ${sql.table(this.#name)} (${sql.join(this.#columns.map(({ name }) => sql.ref(name)))})
      overriding system value
      select ${sql.join(values)} from json_array_elements(${`[${this.#rows.join(',')}]`}::text::json) as item`.execute(
      this.trx,
    );
    this.#written += this.#rows.length;
    this.#rows = [];
    this.#characters = 0;
  }
}
