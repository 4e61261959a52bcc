import { createConnection } from 'node:net';
import { join } from 'node:path';

/** The shortest limit among the systems we run on, less one for the end of the text. */
const LONGEST_PATH_BYTES = 103;

/** Where `npm run backup` asks the service that has the directory. */
export const doorOf = (dataDir: string): string => join(dataDir, 'backup.sock');

export function isPathTooLong(path: string): boolean {
  return Buffer.byteLength(path) > LONGEST_PATH_BYTES;
}

/**
 * Asks the kernel whether a process listens on a Unix socket, which it knows across containers and even of a process
 * that stands still. Only `listening` and `refused` are certain.
 */
export function ask(path: string): Promise<'listening' | 'refused' | 'unknown'> {
  if (isPathTooLong(path)) return Promise.resolve('unknown');
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      resolve('listening');
      socket.destroy();
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      // EAGAIN: so many wait already that the one who listens has no time to answer.
      if (code === 'EAGAIN') resolve('listening');
      else resolve(code === 'ECONNREFUSED' ? 'refused' : 'unknown');
    });
  });
}
