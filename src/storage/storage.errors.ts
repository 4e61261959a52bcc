import { statfsSync } from 'node:fs';
import { AppError } from '../errors/app-error.js';
import type { LockOwner } from './lock-owner.js';

/** The database cannot be asked right now; trying again makes sense. */
export class DatabaseUnavailableError extends AppError {
  constructor(cause?: unknown) {
    super('unavailable', 'The database is not available', { cause, retryAfterSeconds: 1 });
  }
}

/** The start cannot go on, and waiting does not help: the operator has to act. */
export class StartupError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = new.target.name;
  }
}

/** What is one workspace's cannot be kept from another one, so nothing is done for any. */
export class WorkspacesNotSeparateError extends AppError {
  constructor(cause: unknown) {
    super(
      'unavailable',
      'The database does not keep workspaces apart: see "Workspaces" in docs/SECURITY.md',
      {
        cause,
      },
    );
  }
}

/** There is nothing to seal with, or to open with. */
export class SealingKeyMissingError extends AppError {
  constructor() {
    super(
      'unavailable',
      'Nothing can be sealed without a key: set ENCRYPTION_KEY, or ENCRYPTION_KEY_FILE (make one: openssl rand -hex 32), and start the service again',
    );
  }
}

const DISK_FULL = 'the disk is full';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: DISK_FULL,
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOTDIR: 'it is not a directory',
  EEXIST: 'it is not a directory',
};

/** Asked of the file system, because the embedded Postgres fails without words when it runs out of space. */
function isDiskFull(directory: string): boolean {
  try {
    const { bavail, bsize, blocks } = statfsSync(directory);
    return blocks > 0 && bavail * bsize < SMALLEST_FREE_BYTES;
  } catch {
    return false; // The directory does not exist: then it is not full either.
  }
}

const SMALLEST_FREE_BYTES = 1024 * 1024;

function nameOf(owner: LockOwner | undefined): string {
  const process = `process ${owner?.pid ?? 'unknown'}`;
  return owner?.host === undefined ? process : `${process} on host ${owner.host}`;
}

export class DataDirError extends StartupError {
  #isInUse = false;

  /** Another process has the directory; nothing is wrong with it. */
  get isInUse(): boolean {
    return this.#isInUse;
  }

  static inUse(dataDir: string, owner: LockOwner | undefined): DataDirError {
    const error = new DataDirError(
      `DATA_DIR ${dataDir} is in use by ${nameOf(owner)}. ` +
        'The embedded Postgres serves one process: stop that one, choose another DATA_DIR, or set DATABASE_URL.',
    );
    error.#isInUse = true;
    return error;
  }

  static lost(dataDir: string, owner: LockOwner | undefined): DataDirError {
    return new DataDirError(
      `DATA_DIR ${dataDir} was taken over by ${nameOf(owner)}, because this process stood still or could not be ` +
        'seen from there. It ends without writing any more; nothing that was acknowledged is lost.',
    );
  }

  static openToOthers(dataDir: string): DataDirError {
    return new DataDirError(
      `DATA_DIR ${dataDir} belongs to another user and is open to everybody on this machine: give it to the user of the ` +
        'service and take it from the others (chown, chmod 700), or name a directory inside of it that does not exist yet.',
    );
  }

  static notUsable(dataDir: string, cause: unknown): DataDirError {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = isDiskFull(dataDir) ? DISK_FULL : (REASONS[code ?? ''] ?? message ?? String(cause));
    return new DataDirError(`DATA_DIR ${dataDir} cannot be used: ${why}.`, cause);
  }
}

/** Error classes of Postgres (and of the socket below it) that mean "not now", not "wrong". */
const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // the directory of a Unix socket
  '53300', // too many connections
  '55P03', // a lock was not to be had in time
  '57014', // took longer than a statement may
  '57P01', // terminated by the administrator
  '57P02', // crash shutdown
  '57P03', // starting up or shutting down
  '58030', // I/O error
  '53100', // disk full
  '40001', // gave way to another transaction
  '40P01', // gave way to another transaction that waited for this one
  '25006', // read-only transaction: a standby after a fail-over
]);

const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Cannot use a pool after calling end|Client was closed/;

/** Whether a failed query means that the database is away or gave way, so that the same query may work later. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  if (typeof error !== 'object' || error === null) return false;
  // By shape, because an error of the socket below may come from another realm.
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  if (Array.isArray(errors)) return errors.some(isUnavailable);
  if (typeof code === 'string' && (UNAVAILABLE_CODES.has(code) || code.startsWith('08'))) return true;
  return typeof message === 'string' && UNAVAILABLE_MESSAGE.test(message);
}

/** NUL is the one character that Postgres takes neither in a text (22021) nor in jsonb (22P05). */
export function isUnstorableText(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return code === '22021' || code === '22P05';
}
