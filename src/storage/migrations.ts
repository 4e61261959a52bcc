import type { Migration } from 'kysely/migration';
import { events } from './migrations/0010-events.migration.js';
import { apiKeysMigration } from './migrations/0020-api-keys.migration.js';
import { actionRuns } from './migrations/0030-action-runs.migration.js';
import { flowsMigration } from './migrations/0040-flows.migration.js';
import { schedulesMigration } from './migrations/0041-schedules.migration.js';
import { requestBudgetsMigration } from './migrations/0050-request-budgets.migration.js';
import { actionRunsByRequest } from './migrations/0060-action-runs-by-request.migration.js';
import { scheduleAnswersMigration } from './migrations/0061-schedule-answers.migration.js';
import { flowRunTimeMigration } from './migrations/0062-flow-run-time.migration.js';
import { lateOutcomes } from './migrations/0070-late-outcomes.migration.js';
import { claimedCreations } from './migrations/0071-claimed-creations.migration.js';
import { flowRunLinesMigration } from './migrations/0075-flow-run-lines.migration.js';
import { schedulesPlannedAtMigration } from './migrations/0076-schedules-planned-at.migration.js';
import { eventTurns } from './migrations/0080-event-turns.migration.js';
import { eventListsMigration } from './migrations/0085-event-lists.migration.js';
import { eventKeyWorkspacesMigration } from './migrations/0086-event-key-workspaces.migration.js';
import { confirmationsMigration } from './migrations/0093-confirmations.migration.js';
import { keysThatTrustMigration } from './migrations/0094-keys-that-trust.migration.js';
import { pausedFlowsMigration } from './migrations/0095-paused-flows.migration.js';
import { webhookVolumesMigration } from './migrations/0100-webhook-volumes.migration.js';
import { secretsMigration } from './migrations/0101-secrets.migration.js';
import { apiKeyNamesMigration } from './migrations/0110-api-key-names.migration.js';
import { apiKeyScopesMigration } from './migrations/0111-api-key-scopes.migration.js';
import { jobsMigration } from './migrations/0140-jobs.migration.js';
import { workspacePoliciesMigrations } from './migrations/0150-workspace-policies.migration.js';
import { addonInstallationsMigration } from './migrations/0160-addon-installations.migration.js';
import { addonHeldDeliveriesMigration } from './migrations/0161-addon-held-deliveries.migration.js';
import { catalogueMigration } from './migrations/0170-catalogue.migration.js';
import { agentTasksMigration } from './migrations/0180-agent-tasks.migration.js';

/**
 * Every migration there is, in order. A name is never changed or reused; a released one is never edited. One that takes
 * something away is named `NNNN-contract-after-MMMM-…`: releases that have MMMM do without it (docs/upgrades.md).
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0010-events': events,
  '0020-api-keys': apiKeysMigration,
  '0030-action-runs': actionRuns,
  '0040-flows': flowsMigration,
  '0041-schedules': schedulesMigration,
  '0050-request-budgets': requestBudgetsMigration,
  '0060-action-runs-by-request': actionRunsByRequest,
  '0061-schedule-answers': scheduleAnswersMigration,
  '0062-flow-run-time': flowRunTimeMigration,
  '0070-late-outcomes': lateOutcomes,
  '0071-claimed-creations': claimedCreations,
  '0075-flow-run-lines': flowRunLinesMigration,
  '0076-schedules-planned-at': schedulesPlannedAtMigration,
  '0080-event-turns': eventTurns,
  '0085-event-lists': eventListsMigration,
  '0086-event-key-workspaces': eventKeyWorkspacesMigration,
  '0093-confirmations': confirmationsMigration,
  '0094-keys-that-trust': keysThatTrustMigration,
  '0095-paused-flows': pausedFlowsMigration,
  '0100-webhook-volumes': webhookVolumesMigration,
  '0101-secrets': secretsMigration,
  '0110-api-key-names': apiKeyNamesMigration,
  '0111-api-key-scopes': apiKeyScopesMigration,
  '0140-jobs': jobsMigration,
  ...workspacePoliciesMigrations,
  '0160-addon-installations': addonInstallationsMigration,
  '0161-addon-held-deliveries': addonHeldDeliveriesMigration,
  '0170-catalogue': catalogueMigration,
  '0180-agent-tasks': agentTasksMigration,
};
