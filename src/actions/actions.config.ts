import { type ConfigOf, defineSection } from '../config/variable.js';
import { integer } from '../config/variables.js';
import { idempotencyConfig } from '../idempotency/idempotency.config.js';

export const actionsConfig = defineSection(
  'actions',
  {
    ACTION_JOURNAL_DAYS: integer({
      about: 'How long the journal keeps a run.',
      default: 30,
      min: 1,
      max: 3650,
    }),
  },
  (values, of) =>
    of(idempotencyConfig).IDEMPOTENCY_KEY_HOURS > values.ACTION_JOURNAL_DAYS * 24
      ? [
          'IDEMPOTENCY_KEY_HOURS must not be longer than ACTION_JOURNAL_DAYS: the answers are kept in the journal',
        ]
      : [],
);

export type ActionsConfig = ConfigOf<typeof actionsConfig>;
