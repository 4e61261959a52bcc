import type { Mutant } from './mutant.ts';

const SENDER_IDS = ['test/events/sender-ids.e2e-spec.ts'];
const WORKSPACES = ['test/storage/workspaces.e2e-spec.ts'];
const REPLAYS = ['test/idempotency/replays.e2e-spec.ts'];

export const storageMutants: readonly Mutant[] = [
  {
    fault: 'knows the same content for ever',
    file: 'src/events/inbox/event-store.ts',
    find: 'event_id = case when k.fingerprint = excluded.fingerprint and k.expires_at > now()',
    plant: 'event_id = case when k.fingerprint = excluded.fingerprint',
    tests: SENDER_IDS,
  },
  {
    fault: 'deletes events a day early',
    file: 'src/events/event-retention.ts',
    find: 'this.config.EVENT_RETENTION_DAYS * DAY_MS',
    plant: '(this.config.EVENT_RETENTION_DAYS - 1) * DAY_MS',
    tests: SENDER_IDS,
  },
  {
    fault: 'forgets the key of a window at once',
    file: 'src/events/event-retention.repository.ts',
    find: "interval '1 hour'",
    plant: "interval '0 hours'",
    tests: SENDER_IDS,
  },
  {
    fault: 'takes the id of another workspace for a repeat',
    file: 'src/events/inbox/event-store.ts',
    find: 'coalesce(keyed.workspace_id <> i.kw, false)',
    plant: 'false',
    tests: SENDER_IDS,
  },
  {
    fault: 'keeps the keys of deleted events',
    file: 'src/events/event-retention.repository.ts',
    find: 'await forget(gone, transaction);',
    plant: '',
    tests: SENDER_IDS,
  },
  {
    fault: 'replays anew what an unfinished request has begun',
    file: 'src/idempotency/stored-answers.ts',
    find: 'await part(earlier?.[UNFINISHED] as P | undefined, transaction)',
    plant: 'await part(undefined, transaction)',
    tests: REPLAYS,
  },
  {
    fault: 'answers another request with the same key',
    file: 'src/idempotency/stored-answers.ts',
    find: 'if (kept.fingerprint !== fingerprint) throw',
    plant: 'if (kept.fingerprint === undefined) throw',
    tests: REPLAYS,
  },
  {
    fault: 'deletes a run that was sent round again meanwhile',
    file: 'src/flows/runs/flow-runs.repository.ts',
    find: "        .where('finished_at', '<', before)\n        .orderBy('finished_at')\n        .limit(limit)\n        .forUpdate()\n        .skipLocked()",
    plant:
      "        .where('finished_at', '<', before)\n        .orderBy('finished_at')\n        .limit(limit)",
    tests: ['test/flows/retention.e2e-spec.ts'],
    engine: 'postgres',
  },
  {
    fault: 'gives a connection back whose query was never answered',
    file: 'src/storage/unanswered-queries.ts',
    find: 'error.message === UNANSWERED',
    plant: "error.message === ''",
    tests: ['test/storage/postgres-limits.e2e-spec.ts'],
    only: 'has no say',
    engine: 'postgres',
  },
  {
    fault: 'leaves the session of a LISTEN that failed',
    file: 'src/storage/postgres-listener.ts',
    find: 'client.end().catch(() => undefined); // Else',
    plant: '// Else',
    tests: ['test/storage/postgres-limits.e2e-spec.ts'],
    only: 'LISTEN',
    engine: 'postgres',
  },
  {
    fault: 'leaves the role on the connection',
    file: 'src/storage/workspace-bracket.ts',
    find: 'set local role',
    plant: 'set role',
    tests: WORKSPACES,
  },
  {
    fault: 'leaves the workspace on the connection',
    file: 'src/storage/workspace-bracket.ts',
    find: '${pg.escapeLiteral(workspaceId)}, true)',
    plant: '${pg.escapeLiteral(workspaceId)}, false)',
    tests: WORKSPACES,
  },
  {
    fault: 'works for a workspace where rows are not guarded from it',
    file: 'src/storage/workspace-bracket.ts',
    find: "when row_security_active('clankerbot.events')",
    plant: 'when true',
    tests: WORKSPACES,
  },
  {
    fault: 'gives a connection back in a transaction that has failed',
    file: 'src/storage/workspace-bracket.ts',
    find: 'await connection.rollback().catch(() => undefined); // Why',
    plant: '// Why',
    tests: WORKSPACES,
  },
  {
    fault: 'gives a connection back in a transaction that could not be entered',
    file: 'src/storage/workspace-dialect.ts',
    find: 'await this.#held.rollback().catch(() => undefined);',
    plant: '',
    tests: WORKSPACES,
  },
  {
    fault: 'begins the transaction of a workspace without its role',
    file: 'src/storage/workspace-dialect.ts',
    find: 'if (connection instanceof WorkspaceConnection) await connection.enterTransaction();',
    plant: 'if (connection instanceof WorkspaceConnection) await Promise.resolve();',
    tests: WORKSPACES,
  },
  {
    fault: 'does a batch for the workspace that began it',
    file: 'src/storage/batcher.ts',
    find: 'outsideWorkspace(() => void this.#run(batch));',
    plant: 'void this.#run(batch);',
    tests: WORKSPACES,
  },
];
