import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DurableDirectory } from '../../src/storage/durable-directory.js';

/**
 * A data directory on the worst disk that keeps its promises: it keeps what it was asked to sync, as it was at that
 * moment, and nothing else. `kept` is what is found there when the power comes back.
 */
export class ForgetfulDirectory extends DurableDirectory {
  constructor(
    dataDir: string,
    private readonly kept: string,
  ) {
    super(dataDir);
  }

  protected override synced(path: string): void {
    const copy = join(this.kept, relative(this.rootDir, path));
    if (statSync(path).isDirectory()) {
      mkdirSync(copy, { recursive: true });
      // Its names are on the disk: what was removed or renamed does not come back.
      const names = new Set(readdirSync(path));
      for (const name of readdirSync(copy))
        if (!names.has(name)) rmSync(join(copy, name), { recursive: true });
      return;
    }
    mkdirSync(join(copy, '..'), { recursive: true });
    copyFileSync(path, copy);
  }
}
