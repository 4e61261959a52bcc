import { sql, type Transaction } from 'kysely';
import { SCHEMA, type Tables } from '../database.js';
import { FORMER_JOBS, FORMER_SCHEMA } from './former-queue-table.js';

export interface TableShape {
  schema: string;
  name: string;
  columns: ColumnShape[];
}

export interface ColumnShape {
  name: string;
  type: string;
}

export interface SequenceName {
  schema: string;
  name: string;
}

/**
 * Every table of ours, the referenced before those that refer to them, and the jobs that an older release has left: they
 * are promises too.
 */
export async function tablesIn(db: Transaction<Tables>): Promise<TableShape[]> {
  const { rows } = await sql<TableShape & { refersTo: string[] }>`
    select n.nspname as schema, c.relname as name,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
       from pg_attribute a
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      coalesce((select json_agg(distinct f.confrelid::regclass::text)
                from pg_constraint f
                where f.contype = 'f' and f.conrelid = c.oid), '[]') as "refersTo"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where (n.nspname = ${SCHEMA} or n.nspname = ${FORMER_SCHEMA} and c.relname = ${FORMER_JOBS})
      and c.relkind in ('r', 'p') and not c.relispartition
    order by n.nspname, c.relname`.execute(db);
  return referencedFirst(rows).map(({ schema, name, columns }) => ({ schema, name, columns }));
}

export async function sequencesIn(db: Transaction<Tables>): Promise<SequenceName[]> {
  const { rows } = await sql<SequenceName>`
    select schemaname as schema, sequencename as name from pg_sequences
    where schemaname = ${SCHEMA} order by 1, 2`.execute(db);
  return rows;
}

/** A table that refers to itself only has to go in within one statement, which small tables do. */
function referencedFirst<T extends TableShape & { refersTo: string[] }>(tables: readonly T[]): T[] {
  const ordered: T[] = [];
  const visit = (table: T, path: readonly T[]): void => {
    if (ordered.includes(table) || path.includes(table)) return;
    for (const other of tables) {
      if (table.refersTo.includes(`${other.schema}.${other.name}`)) visit(other, [...path, table]);
    }
    ordered.push(table);
  };
  for (const table of tables) visit(table, []);
  return ordered;
}
