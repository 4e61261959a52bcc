import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The journal of runs, which is also where idempotency keys are claimed and their answers kept. */
export const actionRuns: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table clankerbot.action_runs (
        id text primary key,
        -- Null while a text with an idempotency key is still being parsed.
        integration text,
        operation text,
        is_write boolean not null,
        caller_id text not null,
        caller_name text not null,
        request_id text not null,
        priority text not null,
        -- Which process carries it out, and until when that process is believed to be alive.
        owner text not null,
        lease_until timestamptz,
        started_at timestamptz not null,
        finished_at timestamptz,
        duration_ms double precision,
        outcome text not null check (outcome in ('running', 'succeeded', 'failed', 'unknown')),
        -- JSON as text: jsonb refuses the escaped NUL, which upstreams do send.
        params text not null,
        result text,
        error text,
        idempotency_key text,
        fingerprint text,
        answer text,
        key_expires_at timestamptz
      )`.execute(db);
    await sql`
      create unique index action_runs_key on clankerbot.action_runs (caller_id, idempotency_key)
      where idempotency_key is not null`.execute(db);
    await sql`
      create index action_runs_running on clankerbot.action_runs (lease_until)
      where outcome = 'running'`.execute(db);
    await sql`
      create index action_runs_key_expiry on clankerbot.action_runs (key_expires_at)
      where key_expires_at is not null`.execute(db);
    await sql`
      create index action_runs_trouble on clankerbot.action_runs (outcome, id)
      where outcome in ('failed', 'unknown')`.execute(db);
    await sql`
      create index action_runs_operation on clankerbot.action_runs (integration, operation, id)`.execute(db);
  },
};
