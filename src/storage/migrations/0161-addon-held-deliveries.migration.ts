import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { enableWorkspacePolicy } from '../workspace-policy.js';

/** Deliveries of installations that are not known yet, for the hour that their installation may still be on its way. */
export const addonHeldDeliveriesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table clankerbot.addon_held_deliveries (
        id text primary key,
        addon text not null,
        workspace_id text not null,
        addon_id text,
        path text not null,
        token_digest text not null,
        headers jsonb not null,
        body text not null,
        request_id text not null,
        held_at timestamptz not null
      )`.execute(db);
    await sql`create index addon_held_deliveries_installation
      on clankerbot.addon_held_deliveries (addon, workspace_id)`.execute(db);
    await enableWorkspacePolicy(db, 'addon_held_deliveries');
  },
};
