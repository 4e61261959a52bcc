import type { Mutant } from './mutant.ts';

const REPOSITORY = 'src/actions/action-runs.repository.ts';
const KEYS = 'src/actions/idempotency-keys.ts';
const CONFIRMATIONS = 'src/actions/confirmations.repository.ts';
const SECRETS = 'src/secrets/secret-opener.ts';

export const actionMutants: readonly Mutant[] = [
  {
    fault: 'a write leaves although its lease may be over',
    file: 'src/actions/run-lease.ts',
    find: 'return !this.#isLost && performance.now() < this.#heldUntilMs;',
    plant: 'return !this.#isLost;',
    tests: ['test/actions/paused-replica.e2e-spec.ts'],
    engine: 'postgres',
    isBuilt: true,
  },
  {
    fault: 'an outcome is written over a row that somebody else has ended',
    file: REPOSITORY,
    find: 'action_runs.owner = excluded.owner\n    and (',
    plant: 'true\n    or (',
    tests: ['test/actions/idempotency.e2e-spec.ts', 'test/actions/paused-replica.e2e-spec.ts'],
    engine: 'postgres',
    isBuilt: true,
  },
  {
    fault: 'a write that was cut off is said to have failed',
    file: REPOSITORY,
    find: "outcome = case when is_write then 'unknown' else 'failed' end",
    plant: "outcome = 'failed'",
    tests: ['test/actions/idempotency.e2e-spec.ts'],
  },
  {
    fault: 'a key answers for ever',
    file: KEYS,
    find: 'if (holder.keyExpiresAt === null || holder.keyExpiresAt > now) return true;',
    plant:
      'if (holder.keyExpiresAt === null || holder.keyExpiresAt <= now || holder.keyExpiresAt > now) return true;',
    tests: ['test/actions/idempotency.e2e-spec.ts'],
  },
  {
    fault: 'another request with the same key is given the first one’s answer',
    file: KEYS,
    find: '      if (holder && holder.fingerprint !== run.fingerprint) throw IdempotencyKeyError.otherRequest();\n',
    plant: '',
    tests: ['test/actions/idempotency.e2e-spec.ts'],
  },
  {
    fault: 'a repeat is answered while the first still runs',
    file: KEYS,
    find: "if (holder && holder.outcome !== 'running') return holder;",
    plant: 'if (holder) return holder;',
    tests: ['test/actions/idempotency.e2e-spec.ts'],
  },
  {
    fault: 'anybody may confirm what somebody else was shown',
    file: CONFIRMATIONS,
    find: ".where('caller_id', '=', callerId)\n      .where('expires_at', '>', now)\n      .returning('action')",
    plant: ".where('expires_at', '>', now)\n      .returning('action')",
    tests: ['test/actions/confirmation.e2e-spec.ts'],
  },
  {
    fault: 'a confirmation can be made after its fifteen minutes',
    file: CONFIRMATIONS,
    find: "      .where('expires_at', '>', now)\n      .returning('action')",
    plant: "      .returning('action')",
    tests: ['test/actions/confirmation.e2e-spec.ts'],
  },
  {
    fault: 'two equal creations are answered with the same one',
    file: 'src/actions/found-creations.repository.ts',
    find: 'return rows[0]?.run_id === run.id;',
    plant: 'return rows.length > 0;',
    tests: ['test/actions/found-creations.e2e-spec.ts'],
  },
  {
    fault: 'a secret goes to a host that it is not meant for',
    file: SECRETS,
    find: '  if (refused.length > 0) throw SecretUnusableError.refused(refused);\n',
    plant: '',
    tests: ['test/secrets/secret-calls.e2e-spec.ts'],
  },
  {
    fault: 'a secret that comes back is shown',
    file: 'src/secrets/secret-hider.ts',
    find: 'hidden = hidden.replace(pattern, `[secret ${name}]`);',
    plant: 'hidden = hidden.replace(pattern, (found) => (name === "" ? name : found));',
    tests: ['src/secrets/secret-hider.spec.ts'],
  },
];
