import type {
  ACCESS_LEVELS,
  LIFECYCLE_TYPES,
  ManifestVersion,
  Plan,
  SETTING_TYPES,
} from './manifest-facts.js';

export type AccessLevel = (typeof ACCESS_LEVELS)[number];

export interface ManifestSetting {
  id: string;
  name: string;
  description: string;
  accessLevel: AccessLevel;
  type: (typeof SETTING_TYPES)[number];
  value: string | number | boolean;
}

export interface ManifestSettingsTab {
  id: string;
  name: string;
  settings: readonly ManifestSetting[];
}

export interface ManifestComponent {
  type: string;
  label: string;
  accessLevel: AccessLevel;
  path: string;
  iconPath: string;
}

/** What Clockify reads before it installs an add-on. */
export interface Manifest {
  schemaVersion: ManifestVersion;
  key: string;
  name: string;
  description: string;
  baseUrl: string;
  minimalSubscriptionPlan: Plan;
  scopes: readonly string[];
  iconPath: string;
  lifecycle: readonly { type: (typeof LIFECYCLE_TYPES)[number]; path: string }[];
  webhooks: readonly { event: string; path: string }[];
  components: readonly ManifestComponent[];
  settings: { tabs: readonly ManifestSettingsTab[] };
}

/** Without its empty lists, which Clockify refuses. */
export function writtenManifest(manifest: Manifest): object {
  return Object.fromEntries(
    Object.entries(manifest).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  );
}
