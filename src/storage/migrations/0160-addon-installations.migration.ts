import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { enableWorkspacePolicy } from '../workspace-policy.js';

/** Who has installed an add-on, with the sealed token that Clockify gave it; and which installations came and went. */
export const addonInstallationsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table clankerbot.addon_installations (
        addon text not null,
        workspace_id text not null,
        addon_id text not null,
        status text not null check (status in ('ACTIVE', 'INACTIVE')),
        sealed_token text not null,
        key_id text not null,
        core_url text not null,
        reports_url text,
        settings jsonb not null,
        installed_at timestamptz not null,
        changed_at timestamptz not null,
        primary key (addon, workspace_id)
      )`.execute(db);
    await sql`
      create table clankerbot.addon_webhook_tokens (
        addon text not null,
        workspace_id text not null,
        path text not null,
        digest text not null,
        primary key (addon, workspace_id, digest),
        foreign key (addon, workspace_id) references clankerbot.addon_installations on delete cascade
      )`.execute(db);
    await sql`
      create table clankerbot.addon_arrivals (
        digest text primary key,
        departed_at timestamptz
      )`.execute(db);
    await enableWorkspacePolicy(db, 'addon_installations');
    await enableWorkspacePolicy(db, 'addon_webhook_tokens');
  },
};
