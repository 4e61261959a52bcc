import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataDirError } from './storage.errors.js';

const OWNER_ONLY = 0o700;
const OTHERS = 0o077;
/** Whoever is neither the owner nor of its group. */
const STRANGERS = 0o007;

/**
 * Makes the directory, or makes it private: whoever may enter it may read what was delivered and destroy the database, as
 * Postgres' own check of its directory says. Files that this process makes from now on are its user's alone as well.
 * Refused is a directory of another user's that strangers may enter; a group that a volume gives to its pods may stay.
 */
export function makePrivate(directory: string): void {
  process.umask(OTHERS);
  if (!existsSync(directory)) {
    // Parents first and on their own: a recursive mkdir reports ENOENT for a read-only file system.
    mkdirSync(dirname(directory), { recursive: true });
    mkdirSync(directory, { mode: OWNER_ONLY });
    return;
  }
  const { mode, uid } = statSync(directory);
  if ((mode & OTHERS) === 0 || process.geteuid === undefined) return;
  if (uid === process.geteuid()) return chmodSync(directory, OWNER_ONLY);
  // Where this user may not write, nothing is ours to protect, and that is what it has to be told.
  accessSync(directory, constants.W_OK);
  if ((mode & STRANGERS) !== 0) throw DataDirError.openToOthers(directory);
}
