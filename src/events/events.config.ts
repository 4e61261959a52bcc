import { type ConfigOf, defineSection } from '../config/variable.js';
import { integer } from '../config/variables.js';

export const eventsConfig = defineSection('events', {
  WEBHOOK_DEDUPE_WINDOW_SECONDS: integer({
    about:
      'How long a delivery without an id of its own counts as a repeat when the same thing arrives again unchanged.',
    default: 120,
    min: 0,
    max: 86_400,
  }),
  EVENT_CONCURRENCY: integer({
    about: 'Events this process handles at once. Events about one thing are handled one after the other.',
    default: 20,
    min: 1,
    max: 1_000,
  }),
  EVENT_MAX_ATTEMPTS: integer({
    about: 'Tries before an event that a handler keeps failing on becomes a dead letter.',
    default: 8,
    min: 1,
    max: 100,
  }),
  EVENT_RETRY_SECONDS: integer({
    about: 'Wait after the first failed try; it doubles, with jitter, up to ten minutes.',
    default: 2,
    min: 0,
    max: 3_600,
  }),
  EVENT_RETENTION_DAYS: integer({
    about: 'Handled events older than this are deleted; 0 keeps them.',
    default: 90,
    min: 0,
    max: 36_500,
  }),
});

export type EventsConfig = ConfigOf<typeof eventsConfig>;
