import { sql, type Transaction } from 'kysely';
import type { Tables } from '../database.js';

/** Where releases before this one keep their jobs (src/queue/former-queue.ts). */
export const FORMER_SCHEMA = 'clankerbot_queue';
export const FORMER_JOBS = 'job';

/** A place for the jobs of a backup, with what the service needs of them to carry them on: it does so at its next start. */
export async function makeFormerJobs(trx: Transaction<Tables>): Promise<void> {
  await sql.raw(`create schema if not exists ${FORMER_SCHEMA}`).execute(trx);
  await sql.raw(FORMER_TABLE).execute(trx);
}

/** What had ended is of no more use. */
export async function forgetEndedFormerJobs(trx: Transaction<Tables>): Promise<void> {
  await sql
    .raw(`delete from ${FORMER_SCHEMA}.${FORMER_JOBS} where state not in ('created', 'retry', 'active')`)
    .execute(trx);
}

const FORMER_TABLE = `create table ${FORMER_SCHEMA}.${FORMER_JOBS} (
  id uuid primary key,
  name text not null,
  priority integer not null,
  data jsonb,
  state text not null,
  retry_limit integer not null,
  retry_count integer not null,
  expire_seconds integer not null,
  start_after timestamptz not null,
  created_on timestamptz not null,
  started_on timestamptz,
  heartbeat_on timestamptz,
  output jsonb,
  source_name text,
  source_created_on timestamptz,
  source_output jsonb
)`;
