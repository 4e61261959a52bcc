import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Flows with all their versions, their runs, and the journal of each run's steps. */
export const flowsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table clankerbot.flows (
    id text primary key,
    name text not null,
    enabled boolean not null,
    version integer not null,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz
  )`,
  `create index flows_live on clankerbot.flows (id) where deleted_at is null`,
  `create table clankerbot.flow_versions (
    flow_id text not null references clankerbot.flows (id) on delete cascade,
    version integer not null,
    definition jsonb not null,
    created_by text not null,
    created_at timestamptz not null,
    primary key (flow_id, version)
  )`,
  // One row each. The revision tells every replica that a flow has changed; claims are made by who holds the other row.
  `create table clankerbot.flow_latch (
    name text primary key,
    revision bigint not null
  )`,
  `insert into clankerbot.flow_latch (name, revision) values ('flows', 1), ('claims', 1)`,
  `create table clankerbot.flow_runs (
    id text primary key,
    flow_id text not null,
    flow_version integer not null,
    trigger_key text not null,
    origin text not null,
    event_id text,
    replay_of text,
    parent_run_id text,
    parent_path text,
    workspace_id text,
    subject_id text,
    input jsonb not null,
    status text not null,
    ready_at timestamptz not null,
    max_concurrency integer not null,
    lease_owner text,
    lease_until timestamptz,
    claims integer not null default 0,
    rescues integer not null default 0,
    call_depth integer not null default 0,
    chain text[] not null,
    step_count integer not null default 0,
    is_cancel_requested boolean not null default false,
    deadline_at timestamptz,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    result jsonb,
    error jsonb,
    request_id text not null,
    created_by text not null,
    unique (flow_id, trigger_key)
  )`,
  `create index flow_runs_ready on clankerbot.flow_runs (ready_at, id) where status in ('queued', 'waiting')`,
  `create index flow_runs_running on clankerbot.flow_runs (lease_until) where status = 'running'`,
  `create index flow_runs_of_flow on clankerbot.flow_runs (flow_id, id)`,
  `create index flow_runs_of_event on clankerbot.flow_runs (event_id) where event_id is not null`,
  `create index flow_runs_of_parent on clankerbot.flow_runs (parent_run_id) where parent_run_id is not null`,
  `create index flow_runs_finished on clankerbot.flow_runs (finished_at) where finished_at is not null`,
  `create table clankerbot.flow_steps (
    run_id text not null,
    path text not null,
    position integer not null,
    step_id text not null,
    kind text not null,
    status text not null,
    attempt integer not null,
    attempts_before integer not null default 0,
    input jsonb,
    output jsonb,
    error jsonb,
    started_at timestamptz not null,
    finished_at timestamptz,
    wake_at timestamptz,
    action_run_id text,
    primary key (run_id, path)
  )`,
  `create table clankerbot.flow_effects (
    entity_id text not null,
    run_id text not null,
    chain text[] not null,
    created_at timestamptz not null,
    primary key (entity_id, run_id)
  )`,
  // What a flow with a changed_to rule saw last of each subject.
  `create table clankerbot.flow_subjects (
    flow_id text not null,
    subject_key text not null,
    fields jsonb not null,
    seen_at timestamptz not null,
    primary key (flow_id, subject_key)
  )`,
  `create index flow_subjects_old on clankerbot.flow_subjects (seen_at)`,
  `create index flow_effects_old on clankerbot.flow_effects (created_at)`,
];
