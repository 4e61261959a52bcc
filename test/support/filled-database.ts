import type { DatabaseEngine } from '../../src/storage/database-engine.js';
import { DatabaseMigrator } from '../../src/storage/migrator.js';

const ROOT_TABLES = `
  select c.oid, n.nspname as schema, c.relname as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'clankerbot' and c.relkind in ('r', 'p') and not c.relispartition
  order by 2, 3`;

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  label: string | null;
  refers: string | null;
}

/** All tables as a service makes them, and in each table two rows: one full of awkward values, one as null as may be. */
export async function fillEveryTable(engine: DatabaseEngine): Promise<void> {
  await new DatabaseMigrator(engine).migrate();
  const { pool } = engine;
  const { rows: tables } = await pool.query<{ oid: number; schema: string; name: string }>(ROOT_TABLES);
  const waiting = tables.filter(({ name }) => !name.startsWith('migration'));
  for (let table = waiting.shift(); table; table = waiting.shift()) {
    const columns = await columnsOf(engine, table.oid);
    const isEarly = columns.some(({ refers }) =>
      waiting.some(({ schema, name }) => refers?.startsWith(`${schema}.${name} `)),
    );
    if (isEarly) waiting.push(table);
    else
      for (const row of [0, 1])
        await insert(engine, { table: `${table.schema}.${table.name}`, columns, row });
  }
}

async function columnsOf(engine: DatabaseEngine, oid: number): Promise<Column[]> {
  const { rows } = await engine.pool.query<Column>(
    `select a.attname as name, format_type(a.atttypid, null) as type, not a.attnotnull as nullable,
       (select enumlabel from pg_enum where enumtypid = a.atttypid order by enumsortorder limit 1) as label,
       (select f.confrelid::regclass || ' ' || r.attname from pg_constraint f
          join pg_attribute r on r.attrelid = f.confrelid and r.attnum = f.confkey[array_position(f.conkey, a.attnum)]
        where f.contype = 'f' and f.confrelid <> f.conrelid and a.attnum = any (f.conkey)
          and coalesce(pg_partition_root(f.conrelid)::oid, f.conrelid) = $1 limit 1) as refers
     from pg_attribute a where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     order by a.attnum`,
    [oid],
  );
  return rows;
}

async function insert(
  engine: DatabaseEngine,
  { table, columns, row }: { table: string; columns: Column[]; row: number },
): Promise<void> {
  const given = row === 0 ? columns : columns.filter(({ nullable }) => !nullable);
  const values = given.map((column) => {
    if (column.refers === null) return valueOf(table, column, row);
    const [other, name] = column.refers.split(' ');
    return `(select ${name} from ${other} order by 1 offset ${row} limit 1)`;
  });
  const names = given.map(({ name }) => `"${name}"`);
  await engine.pool.query(
    `insert into ${table} (${names.join(', ')}) overriding system value values (${values.join(', ')})`,
  );
}

/** What a table's own rules leave no choice in. */
const FIXED: Record<string, string> = {
  'clankerbot.api_keys.role': `'viewer'`,
  'clankerbot.schedules.overlap': `'skip'`,
  'clankerbot.action_runs.outcome': `'unknown'`,
  'clankerbot.action_runs.late_outcome': `'succeeded'`,
  'clankerbot.jobs.state': `'waiting'`,
  'clankerbot.agent_tasks.subject': `'issue'`,
  'clankerbot.addon_installations.status': `'ACTIVE'`,
};

function valueOf(table: string, { name, type, label }: Column, row: number): string {
  const fixed = FIXED[`${table}.${name}`];
  if (fixed !== undefined) return fixed;
  if (label !== null) return `'${label}'`;
  const value = AWKWARD[type.replace(/\(.*\)/, '')];
  if (value === undefined) throw new Error(`${table}.${name} has the type ${type}: say what to fill it with`);
  return `${value(row)}::${type}`;
}

const AWKWARD: Record<string, (row: number) => string> = {
  text: (row) => `E'${row}\\n\\r\\t"[{\\\\ \\\\u0000 \u2028 ü 😀 %'`,
  'character varying': (row) => `'ü${row}'`,
  integer: (row) => `${2_147_483_000 + row}`,
  bigint: (row) => `${9_007_199_254_740_993n + BigInt(row)}`,
  smallint: (row) => String(row),
  boolean: (row) => String(row === 0),
  'double precision': (row) => `${row}.30000000000000004`,
  real: (row) => `${row}.1`,
  numeric: (row) => `${row}12345678901234567890.123456789`,
  'timestamp with time zone': (row) => (row === 0 ? `'infinity'` : `'2026-03-29 02:30:00.123456+01'`),
  'timestamp without time zone': () => `'2026-03-29 02:30:00.123456'`,
  date: () => `'2026-02-28'`,
  interval: () => `'1 mon 2 days 03:04:05.678901'`,
  uuid: (row) => `'00000000-0000-4000-8000-00000000000${row}'`,
  bytea: (row) => `'\\x00ff0${row}'`,
  json: () => `'{"a":[1.10,null,"\u2028"],  "b":"\\"" }'`,
  jsonb: () => `'{"a":[1.10,null,"\u2028\\n"],"b":12345678901234567890}'`,
  'text[]': () => `array['a,b', 'c"d', null, '{}', E'\\\\']`,
  'integer[]': () => `array[1, null, -2]`,
  'uuid[]': () => `array['00000000-0000-4000-8000-000000000000'::uuid]`,
};

/** Every row of every table as Postgres prints it, and where each sequence stands. */
export async function contentsOf(engine: DatabaseEngine): Promise<Record<string, string[]>> {
  const { rows: tables } = await engine.pool.query<{ schema: string; name: string }>(ROOT_TABLES);
  const contents: Record<string, string[]> = {};
  for (const { schema, name } of tables) {
    const { rows } = await engine.pool.query<{ row: string }>(
      `select tableoid::regclass || t::text as row from ${schema}.${name} t order by 1`,
    );
    contents[`${schema}.${name}`] = rows.map(({ row }) => row);
  }
  const { rows } = await engine.pool.query<{ name: string; value: string }>(
    `select schemaname || '.' || sequencename as name, last_value::text as value from pg_sequences
     where schemaname like 'clankerbot%'`,
  );
  for (const { name, value } of rows) contents[name] = [String(value)];
  return contents;
}
