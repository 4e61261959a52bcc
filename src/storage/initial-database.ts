import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const FILE = new URL('../initial-database.tar.gz', import.meta.url);

/** All of it in one piece: pieces that grow stay with the process's heap for good. */
const AT_ONCE = 64 * 1024 * 1024;

/**
 * What initdb makes, made once by `npm run build`. Unpacking it takes half the time of initdb in WebAssembly, and half the
 * memory: two more Postgres would be in the process for that. Undefined where nothing was built.
 */
export async function initialDatabase(): Promise<Blob | undefined> {
  try {
    const tar = await promisify(gunzip)(await readFile(FILE), { chunkSize: AT_ONCE });
    return new Blob([tar], { type: 'application/x-tar' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
