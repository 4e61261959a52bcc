import { mkdir, open, readdir, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from './backup.errors.js';
import type { CopyEnd } from './online-copy.js';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** For the log of what is written meanwhile, in the copy and in the database. */
const SPARE_BYTES = 128 * 1024 * 1024;

/** The lock and the sockets of the service, and other copies. */
const OURS = /^(clankerbot\.|backup|postmaster\.)/;
/** What Postgres makes anew at each start; its log is copied later, when all of it is there. */
const MADE_ANEW = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pgsql_tmp',
]);
const LOG = 'pg_wal';
const FIRST_SEGMENT = /\(file ([0-9A-F]{24})\)/;

export interface Copying {
  from: string;
  to: string;
  /** Called at each step, for whoever watches whether it goes on. */
  onStep: () => void;
}

interface Found {
  path: string;
  bytes: number;
}

/** Copies a database that is written to meanwhile. What tears that way is mended by its log, as after a power cut. */
export async function copyFiles({ from, to, onStep }: Copying): Promise<void> {
  const found = await filesIn({ from, to, onStep });
  const needed = found.reduce((sum, { bytes }) => sum + bytes, SPARE_BYTES);
  const { bavail, bsize } = await statfs(to);
  refuseWithoutRoom(needed, bavail * bsize, from);
  for (const { path } of found) await copyFile(join(from, path), join(to, path), onStep);
}

export function refuseWithoutRoom(neededBytes: number, freeBytes: number, dataDir: string): void {
  if (neededBytes <= freeBytes) return;
  throw new BackupError(
    `A backup beside the running service needs ${megabytes(neededBytes)} MB in DATA_DIR ${dataDir} for a while, ` +
      `where ${megabytes(freeBytes)} MB are free. Make room, or stop the service for the backup.`,
  );
}

const megabytes = (bytes: number): number => Math.round(bytes / 1_000_000);

/** Makes of the copied files a database of the moment at which the copying ended. */
export async function copyLog({ from, to, onStep }: Copying, { label, lastSegment }: CopyEnd): Promise<void> {
  const firstSegment = FIRST_SEGMENT.exec(label)?.[1];
  if (firstSegment === undefined) throw new BackupError('The service named no beginning of its log.');
  const names = await readdir(join(from, LOG));
  const needed = names.filter((name) => name.length === 24 && name >= firstSegment && name <= lastSegment);
  for (const name of needed) await copyFile(join(from, LOG, name), join(to, LOG, name), onStep);
  await writeFile(join(to, 'backup_label'), label, { mode: 0o600, flag: 'wx' });
}

/** Makes the directories of the copy on the way. */
async function filesIn({ from, to, onStep }: Copying, below = ''): Promise<Found[]> {
  const found: Found[] = [];
  for (const entry of await readdir(join(from, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (below === '' && OURS.test(entry.name)) continue;
    if (entry.isDirectory()) {
      await mkdir(join(to, path), { mode: 0o700 });
      if (!MADE_ANEW.has(entry.name)) found.push(...(await filesIn({ from, to, onStep }, path)));
    } else if (entry.isFile()) {
      const bytes = await unlessGone(stat(join(from, path)));
      if (bytes !== undefined) found.push({ path, bytes: bytes.size });
    }
    onStep();
  }
  return found;
}

/** Waits for the disk now and then: a heap of unwritten pages would be in the way of the service's own commits. */
async function copyFile(source: string, target: string, onStep: () => void): Promise<void> {
  const from = await unlessGone(open(source, 'r'));
  if (from === undefined) return;
  try {
    const to = await open(target, 'wx', 0o600);
    try {
      for (;;) {
        const { bytesRead } = await from.read(chunk, 0, CHUNK_BYTES);
        if (bytesRead === 0) break;
        await to.writeFile(chunk.subarray(0, bytesRead));
        if (bytesRead === CHUNK_BYTES) await to.datasync();
        onStep();
      }
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);

/** Postgres removes files meanwhile; the log knows. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
