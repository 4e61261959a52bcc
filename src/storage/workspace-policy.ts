import { type Kysely, type RawBuilder, sql } from 'kysely';
import { WORKSPACE_ROLE, WORKSPACE_SETTING } from './workspace-bracket.js';

/** The workspace that the transaction is for, in SQL; null where it is for none. An index on a column can be asked for it. */
const CURRENT = sql.raw(`nullif(current_setting('${WORKSPACE_SETTING}', true), '')`);

/** By this name the policies of workspaces are known, and with them the tables to which their role gets rights. */
export const WORKSPACE_POLICY = 'workspace';

const tableOf = (name: string): RawBuilder<unknown> => sql.table(`clankerbot.${name}`);

/**
 * For migrations. A table whose column says which workspace a row is of: inside `asWorkspace` only that workspace's rows
 * are there, and rows of null are nobody's. Migrations that were released use these helpers: what they do is never changed.
 */
export async function enableWorkspacePolicy(
  db: Kysely<unknown>,
  table: string,
  column = 'workspace_id',
): Promise<void> {
  await guard(db, table);
  await sql`create policy ${sql.ref(WORKSPACE_POLICY)} on ${tableOf(table)}
    using (${sql.ref(column)} = ${CURRENT})`.execute(db);
}

/** For migrations. A table whose rows belong to rows of another one, which has a policy: they are seen where that one is. */
export async function followWorkspacePolicy(
  db: Kysely<unknown>,
  table: string,
  { parent, by }: { parent: string; by: string },
): Promise<void> {
  await guard(db, table);
  await sql`create policy ${sql.ref(WORKSPACE_POLICY)} on ${tableOf(table)} using (exists (
    select from ${tableOf(parent)} parent where parent.id = ${sql.ref(`${table}.${by}`)}))`.execute(db);
}

/** For migrations. A column that says which workspace has made a row; rows that the service makes are of none. */
export async function addWorkspaceColumn(db: Kysely<unknown>, table: string): Promise<void> {
  await sql`alter table ${tableOf(table)} add column workspace_id text default ${CURRENT}`.execute(db);
}

/** For migrations. A table without anything of a workspace that their work reads and changes, but adds nothing to. */
export async function shareWithWorkspaces(db: Kysely<unknown>, table: string): Promise<void> {
  await guard(db, table);
  await sql`create policy ${sql.ref(WORKSPACE_POLICY)} on ${tableOf(table)} for select using (true)`.execute(
    db,
  );
  await sql`create policy workspace_changes on ${tableOf(table)} for update using (true)`.execute(db);
}

/**
 * From now on its owner alone sees every row of the table, and so do those who have rights to it already: a role for
 * reports, or the one of a service that is not the owner. Who gets rights later needs a policy of its own.
 */
async function guard(db: Kysely<unknown>, table: string): Promise<void> {
  await sql`alter table ${tableOf(table)} enable row level security`.execute(db);
  await sql
    .raw(
      `do $$ declare other record; begin
        for other in
          select distinct r.rolname from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
          where c.oid = 'clankerbot.${table}'::regclass and a.grantee <> c.relowner and r.rolname <> '${WORKSPACE_ROLE}'
        loop
          execute format('create policy %I on clankerbot.${table} to %I using (true)', 'all_for_' || other.rolname, other.rolname);
        end loop;
      end $$`,
    )
    .execute(db);
}
