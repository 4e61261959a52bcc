import type { JSONColumnType, Selectable } from 'kysely';

export type AddonStatus = 'ACTIVE' | 'INACTIVE';
export type SettingValue = string | number | boolean;
export type StoredSettings = Readonly<Record<string, SettingValue>>;

interface AddonInstallationsTable {
  addon: string;
  workspace_id: string;
  /** Clockify's id of this installation; a new one with each. */
  addon_id: string;
  status: AddonStatus;
  sealed_token: string;
  key_id: string;
  core_url: string;
  reports_url: string | null;
  settings: JSONColumnType<StoredSettings>;
  installed_at: Date;
  changed_at: Date;
}

interface AddonWebhookTokensTable {
  addon: string;
  workspace_id: string;
  path: string;
  /** SHA-256 of the token that Clockify sends with each delivery to this path. */
  digest: string;
}

interface AddonArrivalsTable {
  /** Of add-on, workspace and installation together: it names none of them. */
  digest: string;
  departed_at: Date | null;
}

declare module '../../storage/database.js' {
  interface Tables {
    addon_installations: AddonInstallationsTable;
    addon_webhook_tokens: AddonWebhookTokensTable;
    addon_arrivals: AddonArrivalsTable;
  }
}

export type InstallationRow = Selectable<AddonInstallationsTable>;

/** Which installation is meant: a workspace has each add-on once. */
export interface InstallationKey {
  addon: string;
  workspaceId: string;
}
