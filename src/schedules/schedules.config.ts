import { type ConfigOf, defineSection } from '../config/variable.js';
import { integer } from '../config/variables.js';

export const schedulesConfig = defineSection('schedules', {
  SCHEDULE_CONCURRENCY: integer({
    about: 'Batches of due runs, of up to 20 each, that one process works on at a time.',
    default: 10,
    min: 1,
    max: 100,
  }),
  SCHEDULE_MISFIRE_GRACE_SECONDS: integer({
    about: 'How late a due time may be noticed before it counts as missed and the misfire policy decides.',
    default: 60,
    min: 1,
    max: 86_400,
  }),
  SCHEDULE_OVERLAP_MAX: integer({
    about:
      'Runs of one schedule that wait for their turn with overlap queue; what is due beyond that is skipped.',
    default: 100,
    min: 1,
    max: 10_000,
  }),
  SCHEDULE_RUN_RETENTION_DAYS: integer({
    about: 'How long finished runs of schedules are kept; 0 keeps them for ever.',
    default: 30,
    min: 0,
    max: 3650,
  }),
});

export type SchedulesConfig = ConfigOf<typeof schedulesConfig>;
