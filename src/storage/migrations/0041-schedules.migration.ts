import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Schedules, and a row for each time one was due. */
export const schedulesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table clankerbot.schedules (
    id text primary key,
    name text,
    timing jsonb not null,
    timezone text not null,
    target jsonb not null,
    misfire jsonb not null,
    overlap text not null check (overlap in ('queue', 'skip', 'parallel')),
    jitter_seconds integer not null,
    is_paused boolean not null,
    flow_id text unique,
    next_due_at timestamptz,
    next_fire_at timestamptz,
    last_due_at timestamptz,
    created_by text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`,
  // Null while it is paused or will never fire again, so that the index holds only what can come due.
  `create index schedules_due on clankerbot.schedules (next_fire_at) where next_fire_at is not null`,
  `create table clankerbot.schedule_runs (
    id text primary key,
    schedule_id text not null references clankerbot.schedules (id) on delete cascade,
    kind text not null,
    due_at timestamptz not null,
    status text not null,
    target jsonb not null,
    attempt integer not null default 0,
    request_id text not null,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    missed_count integer not null default 0,
    flow_run_id text,
    action_run_id text,
    result jsonb,
    error jsonb
  )`,
  // Whatever else goes wrong, one due time makes one run.
  `create unique index schedule_runs_once on clankerbot.schedule_runs (schedule_id, due_at) where kind <> 'manual'`,
  `create index schedule_runs_of_schedule on clankerbot.schedule_runs (schedule_id, id)`,
  `create index schedule_runs_open on clankerbot.schedule_runs (schedule_id, id) where status in ('waiting', 'queued', 'running')`,
  `create index schedule_runs_flow on clankerbot.schedule_runs (flow_run_id) where status = 'running' and flow_run_id is not null`,
  `create index schedule_runs_finished on clankerbot.schedule_runs (finished_at) where finished_at is not null`,
];
