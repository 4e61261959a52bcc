import { type ConfigOf, defineSection } from '../config/variable.js';
import { integer } from '../config/variables.js';

export const idempotencyConfig = defineSection('idempotency', {
  IDEMPOTENCY_KEY_HOURS: integer({
    about: 'How long the answer to a request with an Idempotency-Key is kept and replayed.',
    default: 24,
    min: 1,
    max: 720,
  }),
});

export type IdempotencyConfig = ConfigOf<typeof idempotencyConfig>;
