import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import {
  addWorkspaceColumn,
  enableWorkspacePolicy,
  followWorkspacePolicy,
  shareWithWorkspaces,
} from '../workspace-policy.js';

type Guard = (db: Kysely<unknown>, table: string) => Promise<void>;

const byColumn: Guard = (db, table) => enableWorkspacePolicy(db, table);

const byNewColumn: Guard = async (db, table) => {
  await addWorkspaceColumn(db, table);
  await enableWorkspacePolicy(db, table);
};

const of =
  (parent: string, by: string): Guard =>
  (db, table) =>
    followWorkspacePolicy(db, table, { parent, by });

/** Whose each table's rows are. Those that are not here hold nothing of a workspace, and its role has no right to them. */
const GUARDS: Readonly<Record<string, Guard>> = {
  action_confirmations: byNewColumn,
  action_runs: byColumn,
  claimed_creations: of('action_runs', 'run_id'),
  event_dead_letters: of('events', 'event_id'),
  event_dispatch: of('events', 'event_id'),
  event_handlings: of('events', 'event_id'),
  event_keys: of('events', 'event_id'),
  events: byColumn,
  flow_effects: of('flow_runs', 'run_id'),
  flow_latch: shareWithWorkspaces,
  flow_runs: byColumn,
  flow_steps: of('flow_runs', 'run_id'),
  flow_subjects: of('flows', 'flow_id'),
  flow_versions: of('flows', 'flow_id'),
  flows: byNewColumn,
  jobs: byNewColumn,
  schedule_answers: byNewColumn,
  schedule_runs: of('schedules', 'schedule_id'),
  schedules: byNewColumn,
};

/** Row-level security keyed by the workspace. A migration for each table: one waits for nobody while it has another. */
export const workspacePoliciesMigrations: Readonly<Record<string, Migration>> = Object.fromEntries(
  Object.entries(GUARDS).map(([table, guard]) => [
    `0150-workspace-of-${table.replaceAll('_', '-')}`,
    { up: (db: Kysely<unknown>) => guard(db, table) },
  ]),
);
