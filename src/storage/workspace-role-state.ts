import type { Pool } from 'pg';
import { WORKSPACE_ROLE } from './workspace-bracket.js';
import { WORKSPACE_POLICY } from './workspace-policy.js';

export interface RoleState {
  user: string;
  exists: boolean;
  /** Every row is there for it, whatever the policies say. */
  isExempt: boolean;
  mayBeTaken: boolean;
  /** Tables with a policy for it to which it has not every right. */
  ungranted: string[];
  /** We are neither the owner of the tables nor anybody else who sees every row. */
  hidesRowsFromUs: boolean;
}

// Until Postgres 16 whoever is a member may take a role; from then on that is a right of its own.
const STATE = `
  with role as (select oid, rolsuper or rolbypassrls as is_exempt from pg_roles where rolname = '${WORKSPACE_ROLE}'),
  tables as (
    select c.oid, c.relname, exists (select from pg_policy p where p.polrelid = c.oid and p.polname = '${WORKSPACE_POLICY}'
        and polroles = '{0}') as is_guarded
    from pg_class c where c.relnamespace = 'clankerbot'::regnamespace and c.relkind in ('r', 'p'))
  select current_user::text as "user",
    exists (select from role) as exists,
    coalesce((select is_exempt from role), false) as "isExempt",
    coalesce((select pg_has_role(current_user, oid,
      case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) from role), false)
      as "mayBeTaken",
    array(select t.relname::text from tables t, role r where is_guarded and not (
      has_schema_privilege(r.oid, 'clankerbot', 'usage')
      and has_table_privilege(r.oid, t.oid, 'select') and has_table_privilege(r.oid, t.oid, 'insert')
      and has_table_privilege(r.oid, t.oid, 'update') and has_table_privilege(r.oid, t.oid, 'delete')) order by 1)
      as ungranted,
    exists (select from tables t where is_guarded and row_security_active(t.oid) and not exists (
      select from pg_policy p, unnest(p.polroles) other where p.polrelid = t.oid and other <> 0
        and pg_has_role(current_user, other, 'USAGE'))) as "hidesRowsFromUs"`;

export async function readRoleState(pool: Pick<Pool, 'query'>): Promise<RoleState> {
  const [state] = (await pool.query<RoleState>(STATE)).rows;
  if (!state) throw new Error('unreachable: the statement gives one row');
  return state;
}

/** Whoever may not make roles goes on without: what is missing is said by `readRoleState`, and refused where it is needed. */
const DO = (what: string): string => `do $$ begin ${what}
  exception when insufficient_privilege or duplicate_object or unique_violation or internal_error then null; end $$`;

/** Makes the role and gives it its rights, as far as they are missing and this user can. For the owner of the tables. */
export async function prepareRole(pool: Pool): Promise<void> {
  const before = await readRoleState(pool);
  if (before.isExempt || (before.exists && before.mayBeTaken && before.ungranted.length === 0)) return;
  if (!before.exists) await pool.query(DO(`create role ${WORKSPACE_ROLE} nologin;`));
  if (!before.mayBeTaken)
    await pool.query(
      DO(
        `if not pg_has_role(current_user, '${WORKSPACE_ROLE}', 'MEMBER') or current_setting('server_version_num')::int >= 160000
         then grant ${WORKSPACE_ROLE} to current_user; end if;`,
      ),
    );
  const { exists, ungranted } = await readRoleState(pool);
  if (!exists || ungranted.length === 0) return;
  const tables = ungranted.map((name) => `clankerbot."${name}"`).join(', ');
  await pool.query(
    DO(`grant usage on schema clankerbot to ${WORKSPACE_ROLE};
    grant select, insert, update, delete on ${tables} to ${WORKSPACE_ROLE};`),
  );
}
