import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Durable work: jobs that wait, jobs that a worker has under a lease, and dead letters. A finished job has no row. */
export const jobsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

const STATEMENTS = [
  `create table clankerbot.jobs (
    id uuid primary key,
    queue text not null,
    state text not null check (state in ('waiting', 'active', 'dead')),
    data jsonb not null,
    priority integer not null default 0,
    singleton_key text,
    start_after timestamptz not null,
    is_deferred boolean not null default false,
    attempts integer not null default 0,
    claims integer not null default 0,
    worker text,
    lease_until timestamptz,
    error jsonb,
    created_at timestamptz not null,
    died_at timestamptz
  )`,
  `create index jobs_in_turn on clankerbot.jobs (queue, priority desc, start_after) where state = 'waiting'`,
  `create index jobs_due on clankerbot.jobs (queue, start_after) where state = 'waiting'`,
  `create index jobs_leases on clankerbot.jobs (lease_until) where state = 'active'`,
  `create index jobs_dead on clankerbot.jobs (died_at, id) where state = 'dead'`,
  `create unique index jobs_single on clankerbot.jobs (queue, singleton_key)
    where singleton_key is not null and state in ('waiting', 'active')`,
];
