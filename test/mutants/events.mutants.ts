import type { Mutant } from './mutant.ts';

const TURNS = ['test/events/turns.properties.e2e-spec.ts'];
const CLAIMS = ['test/events/turns.properties.e2e-spec.ts', 'test/events/forgotten-claims.e2e-spec.ts'];

export const eventMutants: readonly Mutant[] = [
  {
    fault: 'hands over an event while an earlier one of its subject waits for its next try',
    file: 'src/events/dispatch/event-turns.ts',
    find: 'bool_and(is_free) over (partition by subject_key order by seq)',
    plant: 'is_free',
    tests: TURNS,
  },
  {
    fault: 'hands over an event while a later one of its subject is in hand',
    file: 'src/events/dispatch/event-turns.ts',
    find: '\n        and not bool_or(coalesce(lease_until >= now(), false)) over (partition by subject_key)',
    plant: '',
    tests: TURNS,
  },
  {
    fault: 'lets two processes claim at once',
    file: 'src/events/dispatch/event-dispatch.repository.ts',
    find: 'select pg_advisory_xact_lock(${CLAIM_LOCK});\n      ${claimOf',
    plant: 'select 1;\n      ${claimOf',
    tests: ['test/events/claim-lock.e2e-spec.ts'],
    engine: 'postgres',
  },
  {
    fault: 'takes more bytes in hand than it may',
    file: 'src/events/dispatch/event-turns.ts',
    find: 'sized.bytes <= ${Math.trunc(request.bytes)} or',
    plant: 'true or',
    tests: ['test/events/large-events.e2e-spec.ts'],
  },
  {
    fault: 'ends, or gives back, what another claim has in hand',
    file: 'src/events/dispatch/event-dispatch.repository.ts',
    find: 'where d.seq = c.seq and d.claimed_by = c.token`;',
    plant: 'where d.seq = c.seq`;',
    tests: CLAIMS,
  },
  {
    fault: 'lets the failure of an earlier claim count',
    file: 'src/events/dispatch/event-dispatch.repository.ts',
    find: 'from locked where d.seq = $5 and d.claimed_by = $6`',
    plant: 'from locked where d.seq = $5 and $6::text is not null`',
    tests: CLAIMS,
  },
  {
    fault: 'lets an earlier claim make a dead letter',
    file: 'src/events/dispatch/event-dispatch.repository.ts',
    find: 'where seq = $3 and claimed_by = $4',
    plant: 'where seq = $3 and $4::text is not null',
    tests: CLAIMS,
  },
  {
    fault: 'lets an earlier claim record an effect',
    file: 'src/events/dispatch/event-dispatch.repository.ts',
    find: 'where seq = ${claim.seq} and claimed_by = ${claim.token}',
    plant: 'where seq = ${claim.seq}',
    tests: ['test/events/dispatch.e2e-spec.ts'],
  },
  {
    fault: 'gives an event back twice',
    file: 'src/events/dispatch/event-dispatch.repository.ts',
    find: 'set lease_until = null, claimed_by = null, claims = claims - 1',
    plant: 'set lease_until = null, claims = claims - 1',
    tests: CLAIMS,
  },
  {
    fault: 'sleeps through a nudge that comes while it works',
    file: 'src/clock/work-loop.ts',
    find: 'if (ms <= 0 || this.#isNudged || this.#isStopped) return;',
    plant: 'if (ms <= 0 || this.#isStopped) return;',
    tests: ['src/clock/work-loop.spec.ts'],
  },
  {
    fault: 'begins a round after it was stopped',
    file: 'src/clock/work-loop.ts',
    find: 'while (!this.#isStopped) {',
    plant: 'while (true) {',
    tests: ['src/clock/work-loop.spec.ts'],
  },
];
