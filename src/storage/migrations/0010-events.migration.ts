import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The inbox. `events` is written once and never changed; `event_dispatch` has one small row per event that is still to
 * be handled, so that claims and retries do not rewrite payloads; `event_keys` recognises repeats.
 */
export const events: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create sequence clankerbot.event_seq;

      create table clankerbot.events (
        id text primary key,
        seq bigint not null,
        source text not null,
        type text not null,
        is_type_inferred boolean not null,
        workspace_id text,
        user_id text,
        subject_id text,
        subject_key text,
        payload jsonb not null,
        headers jsonb not null,
        changes jsonb,
        delivery_id text,
        request_id text not null,
        received_at timestamptz not null,
        repeat_of text,
        replay_of text
      );

      create table clankerbot.event_keys (
        key text primary key,
        fingerprint text not null,
        event_id text not null,
        expires_at timestamptz not null
      );
      create index event_keys_expiry on clankerbot.event_keys (expires_at)
        where expires_at < timestamptz 'infinity';

      create table clankerbot.event_dispatch (
        seq bigint primary key,
        event_id text not null,
        subject_key text,
        due_at timestamptz not null default now(),
        attempts integer not null default 0,
        claims integer not null default 0,
        lease_until timestamptz,
        claimed_by text,
        last_error jsonb
      ) with (fillfactor = 70);
      create index event_dispatch_subject on clankerbot.event_dispatch (subject_key, seq) where subject_key is not null;

      create table clankerbot.event_handlings (
        event_id text not null,
        handler text not null,
        handled_at timestamptz not null default now(),
        primary key (event_id, handler)
      );

      create table clankerbot.event_dead_letters (
        event_id text primary key,
        seq bigint not null,
        subject_key text,
        attempts integer not null,
        error jsonb,
        died_at timestamptz not null default now()
      );
    `.execute(db);
  },
};
