import type { QueuePolicy } from './job-queue.js';

/** A worker that says nothing for this long is dead. */
export const LEASE_SECONDS = 10;
/** Four beats to a lease, so that one lost or late beat costs nothing. */
export const BEAT_EVERY_MS = 2_500;

export const DEFAULT_POLICY: QueuePolicy = {
  retryLimit: 5,
  retryDelaySeconds: 2,
  retryDelayMaxSeconds: 600,
  timeoutSeconds: 300,
};

/** How long a job waits after so many tries: doubled each time, and somewhere in its upper half, so that not all come at once. */
export function retryDelaySeconds(policy: QueuePolicy, attempts: number): number {
  const doubled = policy.retryDelaySeconds * 2 ** (attempts - 1);
  return Math.min(doubled, policy.retryDelayMaxSeconds) * (1 - Math.random() / 2);
}
