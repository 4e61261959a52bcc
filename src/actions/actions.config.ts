import { type ConfigOf, defineSection } from '../config/variable.js';
import { integer } from '../config/variables.js';

export const actionsConfig = defineSection(
  'actions',
  {
    ACTION_JOURNAL_DAYS: integer({
      about: 'How long the journal keeps a run.',
      default: 30,
      min: 1,
      max: 3650,
    }),
    IDEMPOTENCY_KEY_HOURS: integer({
      about: 'How long the answer to a run with an Idempotency-Key is kept and replayed.',
      default: 24,
      min: 1,
      max: 720,
    }),
  },
  (values) =>
    values.IDEMPOTENCY_KEY_HOURS > values.ACTION_JOURNAL_DAYS * 24
      ? [
          'IDEMPOTENCY_KEY_HOURS must not be longer than ACTION_JOURNAL_DAYS: the answers are kept in the journal',
        ]
      : [],
);

export type ActionsConfig = ConfigOf<typeof actionsConfig>;
