import { readFile } from 'node:fs/promises';

const FILE = new URL('../initial-database.tar.gz', import.meta.url);

/**
 * What initdb makes, made once by `npm run build`. Unpacking it takes half the time of initdb in WebAssembly, and half the
 * memory: two more Postgres would be in the process for that. Undefined where nothing was built.
 */
export async function initialDatabase(): Promise<Blob | undefined> {
  try {
    return new Blob([await readFile(FILE)], { type: 'application/x-gzip' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
