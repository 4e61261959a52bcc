import { type ConfigOf, defineSection } from '../config/variable.js';
import { oneOf } from '../config/variables.js';

export const queueConfig = defineSection('queue', {
  PROCESS_ROLE: oneOf(['all', 'web', 'worker'], {
    about:
      'What this process does: web answers requests and starts no background work, worker and all do both. Every role serves the probes.',
    default: 'all',
  }),
});

export type QueueConfig = ConfigOf<typeof queueConfig>;
