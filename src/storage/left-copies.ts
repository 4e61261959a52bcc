import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Begins the name of a copy for a backup. In DATA_DIR, because there this user may write and others may not read. */
export const COPY_PREFIX = 'backup-copy-';

/** Removes what killed backups have left. For whoever has the directory; a backup that still reads one fails of it. */
export async function removeLeftCopies(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir))
    if (name.startsWith(COPY_PREFIX)) await rm(join(dataDir, name), { recursive: true, force: true });
}
