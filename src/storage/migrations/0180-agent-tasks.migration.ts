import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What the bot is asked to do, how far it has come, and what it has done outside because of it. */
export const agentTasksMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table clankerbot.agent_tasks (
    id text primary key,
    repository text not null,
    subject text not null check (subject in ('issue', 'pull')),
    number integer not null,
    branch text not null,
    state text not null,
    priority integer not null default 1,
    is_paused boolean not null default false,
    is_cancelled boolean not null default false,
    actor_id bigint not null,
    actor_login text not null,
    request jsonb not null,
    attempts integer not null default 0,
    max_attempts integer not null default 3,
    claims integer not null default 0,
    worker text,
    lease_until timestamptz,
    not_before timestamptz not null,
    spent_micros bigint not null default 0,
    reason text,
    pull_request integer,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz
  )`,
  `create index agent_tasks_in_turn on clankerbot.agent_tasks (priority desc, created_at, id) where state = 'queued'`,
  `create unique index agent_tasks_held on clankerbot.agent_tasks (repository, branch) where worker is not null`,
  `create unique index agent_tasks_of_issue on clankerbot.agent_tasks (repository, number)
    where subject = 'issue' and state in ('needs_approval', 'queued', 'claimed', 'preparing', 'running', 'verifying', 'pushed')`,
  `create index agent_tasks_of_actor on clankerbot.agent_tasks (actor_id, started_at)`,
  `create index agent_tasks_listed on clankerbot.agent_tasks (created_at desc, id desc)`,
  `create table clankerbot.agent_task_occasions (
    key text primary key,
    task_id text not null,
    at timestamptz not null default now()
  )`,
  `create index agent_task_occasions_of_task on clankerbot.agent_task_occasions (task_id)`,
  `create table clankerbot.agent_task_steps (
    task_id text not null references clankerbot.agent_tasks on delete cascade,
    number bigint generated always as identity,
    from_state text,
    to_state text not null,
    claims integer not null,
    note text,
    at timestamptz not null default now(),
    primary key (task_id, number)
  )`,
  `create table clankerbot.agent_task_effects (
    task_id text not null references clankerbot.agent_tasks on delete cascade,
    key text not null,
    times_begun integer not null default 1,
    result jsonb,
    begun_at timestamptz not null default now(),
    done_at timestamptz,
    primary key (task_id, key)
  )`,
];
