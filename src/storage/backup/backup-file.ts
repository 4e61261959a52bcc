import { accessSync, constants as fileModes, createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import type { BackupSummary } from './backup-line.js';
import { linesOf, wholeBackup } from './backup-reader.js';
import { BackupError } from './backup.errors.js';

const STANDARD_STREAM = '-';

/** Writes the lines, packed, for this user only. Promises that FILE is there with a whole backup, or not at all. */
export async function writeBackupFile(file: string, lines: AsyncIterable<string>): Promise<BackupSummary> {
  try {
    return await (file === STANDARD_STREAM ? pack(lines, process.stdout) : writeNewFile(file, lines));
  } catch (error) {
    throw explainWriting(error, file);
  }
}

async function writeNewFile(file: string, lines: AsyncIterable<string>): Promise<BackupSummary> {
  refuseExisting(file);
  const draft = `${file}.partial`;
  try {
    const summary = await pack(lines, createWriteStream(draft, { mode: 0o600, flush: true }));
    await rename(draft, file);
    await syncDirectoryOf(file);
    return summary;
  } catch (error) {
    // Where there can be no draft, even this fails; the first reason is the one to tell.
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}

export function refuseExisting(file: string): void {
  if (file !== STANDARD_STREAM && existsSync(file))
    throw new BackupError(`${file} exists already; it was left as it is.`);
}

/** Said before anything is read: a whole database may be copied first. */
export function refuseUnwritable(file: string): void {
  try {
    if (file !== STANDARD_STREAM) accessSync(dirname(file), fileModes.W_OK);
  } catch (error) {
    throw explainWriting(error, file);
  }
}

async function pack(lines: AsyncIterable<string>, target: Writable): Promise<BackupSummary> {
  let summary: BackupSummary = { tables: 0, rows: 0 };
  const whole = wholeBackup(lines, (seen) => (summary = seen));
  await pipeline(Readable.from(withNewlines(whole), { objectMode: false }), createGzip(), target);
  return summary;
}

const CHUNK_CHARACTERS = 64 * 1024;

/** In chunks, because a write per row would cost more than the row. */
async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

async function syncDirectoryOf(file: string): Promise<void> {
  const directory = await open(dirname(file));
  await directory.sync().finally(() => directory.close());
}

/** Said before a database is made to restore it into. */
export function refuseUnreadable(file: string): void {
  try {
    if (file !== STANDARD_STREAM) accessSync(file, fileModes.R_OK);
  } catch (error) {
    throw explainReading(error, file);
  }
}

/** The lines of a backup file; whether it is a whole one is for its reader to check. */
export async function* readBackupFile(file: string): AsyncGenerator<string> {
  const packed = file === STANDARD_STREAM ? process.stdin : createReadStream(file);
  const unpacked = createGunzip({ finishFlush: constants.Z_FINISH });
  packed.on('error', (error: Error) => unpacked.destroy(error));
  try {
    yield* linesOf(packed.pipe(unpacked));
  } catch (error) {
    throw explainReading(error, file);
  }
}

function explainReading(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'Z_BUF_ERROR') return new BackupError('The backup is cut short.', error);
  if (code.startsWith('Z_')) return new BackupError('This is not a backup of Clankerbot.', error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
    return new BackupError(`${file} cannot be read (${code}).`, error);
  return error;
}

/** What is wrong with the place, or with how much it takes; a fault of the database has none of these codes. */
const UNWRITABLE = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENAMETOOLONG',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EPIPE',
]);

function explainWriting(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!UNWRITABLE.has(code)) return error;
  const place = file === STANDARD_STREAM ? 'Standard output' : file;
  return new BackupError(`${place} cannot be written (${code}).`, error);
}
