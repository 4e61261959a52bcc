import type { RunOutcome } from './action-runner.js';

/** A run as the journal keeps it. Texts that hold JSON are named after what they hold. */
export interface RunRecord {
  id: string;
  integration: string | null;
  operation: string | null;
  isWrite: boolean;
  /** Doing it again, after it may have been done, does no harm. */
  isRepeatable: boolean;
  /** In which it happens, where its operation says so. */
  workspaceId: string | null;
  callerId: string;
  callerName: string;
  requestId: string;
  priority: 'interactive' | 'background';
  startedAt: Date;
  finishedAt: Date | null;
  durationMs: number | null;
  outcome: RunOutcome | 'running';
  params: string;
  result: string | null;
  error: string | null;
  /** Null for a run without a key, and for one whose failure lets the key be used again. */
  idempotencyKey: string | null;
  fingerprint: string | null;
  /** The id of what a creation has made. */
  createdId: string | null;
  /** What a repeat with the same key is given. */
  answer: string | null;
  keyExpiresAt: Date | null;
}

/** What the holder of a key left behind for those who come after. */
export interface KeyHolder {
  id: string;
  isOthers: boolean;
  integration: string | null;
  operation: string | null;
  outcome: RunOutcome | 'running';
  fingerprint: string | null;
  answer: string | null;
  keyExpiresAt: Date | null;
  startedAt: Date;
  /** Of an ended run, by the database's clock. */
  endedAgoMs: number | null;
  /** Running, but its owner let the lease run out. */
  hasRunOut: boolean;
  leaseUntil: string | null;
}
