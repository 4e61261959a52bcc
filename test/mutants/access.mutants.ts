import type { Mutant } from './mutant.ts';

const IN_MEMORY = ['src/access/managed-keys.spec.ts'];

export const accessMutants: readonly Mutant[] = [
  {
    fault: 'lets an expired key in for the rest of the second in which it was read',
    file: 'src/access/managed-keys.ts',
    find: '!key || key.expiresAtMs <= nowMs',
    plant: '!key',
    tests: IN_MEMORY,
  },
  {
    fault: 'calls a key live that has expired since it was read',
    file: 'src/access/managed-keys.ts',
    find: 'key !== undefined && key.expiresAtMs > this.clock.nowMs()',
    plant: 'key !== undefined',
    tests: IN_MEMORY,
  },
  {
    fault: 'goes by what was read for two seconds',
    file: 'src/access/managed-keys.ts',
    find: 'ageMs < FRESH_MS',
    plant: 'ageMs < 2 * FRESH_MS',
    tests: IN_MEMORY,
  },
  {
    fault: 'takes a slow answer for a fresh one',
    file: 'src/access/managed-keys.ts',
    find: 'this.#loadedAtMs = askedAtMs;',
    plant: 'this.#loadedAtMs = this.clock.nowMs();',
    tests: IN_MEMORY,
  },
  {
    fault: 'overlooks a change that this process made while it read',
    file: 'src/access/managed-keys.ts',
    find: 'while (changes !== this.#changes)',
    plant: 'while (false)',
    tests: IN_MEMORY,
  },
  {
    fault: 'goes on by old keys after the clock was set back',
    file: 'src/access/managed-keys.ts',
    find: 'ageMs >= 0 && ',
    plant: '',
    tests: IN_MEMORY,
  },
  {
    fault: 'opens routes that declare no rule to everybody',
    file: 'src/access/access-rules.ts',
    find: "declared ?? 'admin'",
    plant: "declared ?? 'public'",
    tests: ['test/access/every-route.e2e-spec.ts', 'test/access/api-keys.e2e-spec.ts'],
  },
  {
    fault: 'takes a key that expires in the past',
    file: 'src/access/api-keys.service.ts',
    find: 'if (key.expiresAt !== null && key.expiresAt <= now) throw new ExpiryPassedError();',
    plant: '',
    tests: ['test/access/managed-keys.e2e-spec.ts'],
  },
  {
    fault: 'goes on by a revoked key until it reads again',
    file: 'src/access/api-keys.service.ts',
    find: 'name: revokedBy });\n    this.managed.forget();',
    plant: 'name: revokedBy });',
    tests: ['test/access/managed-keys.e2e-spec.ts'],
  },
];
