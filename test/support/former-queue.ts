import { randomUUID } from 'node:crypto';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';

/** The part of the former release's queue that its jobs are kept in, as that release makes it. */
const SCHEMA = `
  create schema clankerbot_queue;
  create type clankerbot_queue.job_state as enum ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');
  create table clankerbot_queue.version (version int primary key);
  insert into clankerbot_queue.version values (42);
  create table clankerbot_queue.queue (name text primary key);
  create table clankerbot_queue.job (
    id uuid not null default gen_random_uuid(),
    name text not null,
    priority integer not null default 0,
    data jsonb,
    state clankerbot_queue.job_state not null default 'created',
    retry_limit integer not null default 5,
    retry_count integer not null default 0,
    expire_seconds int not null default 300,
    singleton_on timestamp without time zone,
    group_id text,
    start_after timestamp with time zone not null default now(),
    created_on timestamp with time zone not null default now(),
    started_on timestamp with time zone,
    completed_on timestamp with time zone,
    keep_until timestamp with time zone not null default now() + interval '14 days',
    output jsonb,
    dead_letter text,
    heartbeat_on timestamp with time zone,
    heartbeat_seconds int,
    blocked boolean not null default false,
    source_name text,
    source_id uuid,
    source_created_on timestamp with time zone,
    source_retry_count int,
    source_output jsonb,
    primary key (name, id)
  ) partition by list (name);
  create table clankerbot_queue.job_common (like clankerbot_queue.job including defaults);
  alter table clankerbot_queue.job attach partition clankerbot_queue.job_common default;`;

export async function makeFormerQueue(engine: DatabaseEngine): Promise<void> {
  await engine.pool.query(SCHEMA);
}

/** One job as that release leaves it; `columns` are in SQL. Answers its id. */
export async function leaveJob(
  engine: DatabaseEngine,
  name: string,
  columns: Record<string, string> = {},
): Promise<string> {
  const id = randomUUID();
  const given = Object.entries({ id: `'${id}'`, name: `'${name}'`, data: `'{"id": "${id}"}'`, ...columns });
  await engine.pool.query(
    `insert into clankerbot_queue.job (${given.map(([column]) => column).join(', ')})
     values (${given.map(([, value]) => value).join(', ')})`,
  );
  return id;
}

/** What is left there, as `name state`. */
export async function leftJobs(engine: DatabaseEngine): Promise<string[]> {
  const { rows } = await engine.pool.query<{ left: string }>(
    `select name || ' ' || state as left from clankerbot_queue.job order by 1`,
  );
  return rows.map(({ left }) => left);
}
