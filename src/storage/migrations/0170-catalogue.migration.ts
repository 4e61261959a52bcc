import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { enableWorkspacePolicy } from '../workspace-policy.js';

/** What there is in a workspace of Clockify, by account; and the runs that read it, with a cursor for each list. */
export const catalogueMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
    for (const table of TABLES) await enableWorkspacePolicy(db, table);
  },
};

const TABLES = ['catalogue_workspaces', 'catalogue_entities', 'catalogue_runs', 'catalogue_operations'];

const STATEMENTS = [
  `create table clankerbot.catalogue_workspaces (
    account text not null,
    workspace_id text not null,
    name text,
    profile jsonb,
    revision bigint not null default 0,
    filled_at timestamptz,
    changes_at timestamptz,
    primary key (account, workspace_id)
  )`,
  `create table clankerbot.catalogue_entities (
    account text not null,
    workspace_id text not null,
    type text not null,
    id text not null,
    name text not null,
    folded text not null,
    parent_id text,
    archived boolean not null,
    payload jsonb,
    run_id text,
    fetched_at timestamptz not null,
    primary key (account, workspace_id, type, id)
  )`,
  `create index catalogue_entities_named on clankerbot.catalogue_entities (account, workspace_id, folded, type, id)`,
  `create index catalogue_entities_age on clankerbot.catalogue_entities (fetched_at)`,
  `create index catalogue_entities_ids on clankerbot.catalogue_entities (id)`,
  `create table clankerbot.catalogue_runs (
    id text primary key,
    account text not null,
    workspace_id text not null,
    kind text not null,
    status text not null,
    requested_by text not null,
    since timestamptz not null,
    claims integer not null default 0,
    requests integer not null default 0,
    wake_at timestamptz,
    last_error jsonb,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz
  )`,
  `create unique index catalogue_runs_one on clankerbot.catalogue_runs (account, workspace_id)
    where finished_at is null`,
  `create index catalogue_runs_latest on clankerbot.catalogue_runs (account, workspace_id, id desc)`,
  `create index catalogue_runs_over on clankerbot.catalogue_runs (finished_at) where finished_at is not null`,
  `create table clankerbot.catalogue_operations (
    run_id text not null references clankerbot.catalogue_runs (id) on delete cascade,
    workspace_id text not null,
    position integer not null,
    operation text not null,
    status text not null,
    cursor integer,
    last_page text,
    requests integer not null default 0,
    entities integer not null default 0,
    attempts integer not null default 0,
    error jsonb,
    finished_at timestamptz,
    primary key (run_id, position)
  )`,
];
