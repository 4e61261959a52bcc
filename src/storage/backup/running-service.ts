import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { createDatabase } from '../database.js';
import { doorOf } from '../local-socket.js';
import { PgliteEngine } from '../pglite-engine.js';
import { linesOf } from './backup-reader.js';
import { readBackup } from './backup-writer.js';
import { BackupError } from './backup.errors.js';
import { copyFiles, copyLog } from './copied-files.js';
import { heard, serviceGone, type VisitorWord } from './copy-talk.js';

/** What is read once need not be kept: the command shares the memory of the service's container. */
const READ_ONCE = ['shared_buffers=4MB'];

/**
 * Reads the embedded database of a service that runs and goes on: copies its files, opens the copy here, and reads that.
 * Promises the end of the lines only if the service lived till then, because the next one takes the copy for a leftover.
 */
export async function readBesideService<T>(
  dataDir: string,
  use: (lines: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const socket = await knock(dataDir);
  const lines = linesOf(socket);
  const say = (word: VisitorWord): boolean => socket.write(`${word}\n`);
  let copy: string | undefined;
  try {
    const { directory } = await heard(lines, 'copy');
    copy = join(dataDir, basename(directory));
    const copying = { from: dataDir, to: copy, onStep: () => void say('on') };
    await copyFiles(copying);
    say('files');
    const end = await heard(lines, 'end');
    await copyLog(copying, end);
    say('log');
    return await readCopy(copy, end.takenAt, (rows) =>
      use(
        withConfirmedEnd(rows, async () => {
          say('rows');
          await heard(lines, 'done');
        }),
      ),
    );
  } catch (error) {
    throw socket.destroyed && !(error instanceof BackupError) ? serviceGone(error) : error;
  } finally {
    // The service does so as well, but perhaps this command's user is root.
    if (copy !== undefined) await rm(copy, { recursive: true, force: true }).catch(() => undefined);
    socket.destroy();
  }
}

async function knock(dataDir: string): Promise<Socket> {
  const socket = createConnection(doorOf(dataDir));
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw new BackupError(
      `The service that uses DATA_DIR ${dataDir} gives no backup now: wait until it is ready, run this as its user, or stop it.`,
      error,
    );
  }
  socket.on('error', () => undefined); // Whoever waits for the next line is told.
  return socket;
}

async function readCopy<T>(
  copy: string,
  takenAt: string,
  use: (lines: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const engine = new PgliteEngine(copy, undefined, undefined, undefined, READ_ONCE);
  try {
    await engine.open();
  } catch (error) {
    throw new BackupError('The copy of the database cannot be opened; try again.', error);
  }
  try {
    return await readBackup(createDatabase(engine), use, takenAt);
  } finally {
    await engine.close();
  }
}

/** The last line says that the backup is whole, so it comes after `confirm`. */
async function* withConfirmedEnd(
  lines: AsyncIterable<string>,
  confirm: () => Promise<void>,
): AsyncGenerator<string> {
  let last: string | undefined;
  for await (const line of lines) {
    if (last !== undefined) yield last;
    last = line;
  }
  await confirm();
  if (last !== undefined) yield last;
}
