import type { ColumnType } from 'kysely';

/** jsonb: read as a value, written as its text. */
type Json<T> = ColumnType<T, string | null, string | null>;

/** Of which account's, and which workspace's, catalogue something is. */
export interface CataloguePlace {
  /** As whom Clockify is asked: `default`, or `kind:name`. */
  account: string;
  workspaceId: string;
}

export const DEFAULT_ACCOUNT = 'default';

/** What the account's user has set, as far as words are read by it. */
export interface Profile {
  userId: string;
  name: string | null;
  timeZone: string | null;
  /** `MONDAY` to `SUNDAY`. */
  weekStart: string | null;
  /** As Clockify writes it: `MM/DD/YYYY`. */
  dateFormat: string | null;
  /** `HOUR12` or `HOUR24`. */
  timeFormat: string | null;
  defaultWorkspace: string | null;
}

export interface CatalogueWorkspacesTable {
  account: string;
  workspace_id: string;
  name: string | null;
  profile: Json<Profile | null>;
  /** One more with each change of a name, of what it belongs to, or of whether it is archived. */
  revision: ColumnType<string, never, never>;
  /** When the last run began that read everything. */
  filled_at: Date | null;
  /** Changes before this time are known. */
  changes_at: Date | null;
}

export interface CatalogueEntitiesTable {
  account: string;
  workspace_id: string;
  type: string;
  id: string;
  name: string;
  folded: string;
  parent_id: string | null;
  archived: boolean;
  payload: Json<Record<string, unknown> | null>;
  run_id: string | null;
  fetched_at: Date;
}

declare module '../../storage/database.js' {
  interface Tables {
    catalogue_workspaces: CatalogueWorkspacesTable;
    catalogue_entities: CatalogueEntitiesTable;
  }
}
