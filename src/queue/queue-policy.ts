import type { Queue } from 'pg-boss';
import type { QueuePolicy } from './job-queue.js';

/** A worker that says nothing for this long is dead. pg-boss takes no less than 10. */
export const LEASE_SECONDS = 10;

const DAY_SECONDS = 86_400;
/** Whoever needs to know later keeps a record of its own; here a finished job only makes every look at the table longer. */
const KEPT_COMPLETED_SECONDS = 60;
/** pg-boss deletes what nobody has worked on for this long; nothing here may be lost that way. */
const KEPT_WAITING_SECONDS = 10 * 365 * DAY_SECONDS;

/** pg-boss indexes active jobs of a group, so being in one lets jobs of dead workers be found without reading the table. */
export const ALIVE_GROUP = { id: 'all' } as const;

export const DEFAULT_POLICY: QueuePolicy = {
  retryLimit: 5,
  retryDelaySeconds: 2,
  retryDelayMaxSeconds: 600,
  timeoutSeconds: 300,
};

export const deadLetterQueueOf = (queue: string): string => `${queue}.dead`;

export function bossQueueOptions(queue: string, policy: QueuePolicy): Omit<Queue, 'name'> {
  return {
    deadLetter: deadLetterQueueOf(queue),
    retryLimit: policy.retryLimit,
    retryDelay: policy.retryDelaySeconds,
    // pg-boss's backoff starts at a second at the least: where no wait is wanted, it stays off.
    ...(policy.retryDelaySeconds > 0
      ? { retryBackoff: true, retryDelayMax: policy.retryDelayMaxSeconds }
      : { retryBackoff: false }),
    expireInSeconds: policy.timeoutSeconds,
    heartbeatSeconds: LEASE_SECONDS,
    retentionSeconds: KEPT_WAITING_SECONDS,
    deleteAfterSeconds: KEPT_COMPLETED_SECONDS,
    notify: true,
  };
}

export function bossDeadLetterOptions(): Omit<Queue, 'name'> {
  return { retentionSeconds: KEPT_WAITING_SECONDS, deleteAfterSeconds: KEPT_WAITING_SECONDS };
}
