import type { Migration } from 'kysely/migration';
import { events } from './migrations/0010-events.migration.js';
import { apiKeysMigration } from './migrations/0020-api-keys.migration.js';
import { actionRuns } from './migrations/0030-action-runs.migration.js';
import { requestBudgetsMigration } from './migrations/0050-request-budgets.migration.js';

/** Every migration there is, in order. A name is never changed or reused; a released one is never edited. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0010-events': events,
  '0020-api-keys': apiKeysMigration,
  '0030-action-runs': actionRuns,
  '0050-request-budgets': requestBudgetsMigration,
};
