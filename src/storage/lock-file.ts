import { closeSync, fstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export interface Seen {
  text: string;
  changedMs: number;
}

/** What happens to a file while this process looks, by its own clock: those of two machines may differ. */
export class Watch {
  #last: Seen | undefined;
  #sinceMs = 0;

  /** It is the same as at the last look but for its time. */
  hasMoved(seen: Seen): boolean {
    return this.#last?.text === seen.text && this.#last.changedMs !== seen.changedMs;
  }

  hasStoodStill(seen: Seen | undefined, forMs: number): boolean {
    const isSame = seen?.text === this.#last?.text && seen?.changedMs === this.#last?.changedMs;
    if (!isSame || seen === undefined) {
      this.#last = seen;
      this.#sinceMs = performance.now();
      return false;
    }
    return performance.now() - this.#sinceMs >= forMs;
  }
}

/** By opening it, because only that asks the server of a network file system for the time of now. */
export function look(path: string): Seen | undefined {
  const file = unless('ENOENT', () => openSync(path, 'r'));
  if (file === undefined) return undefined;
  try {
    return { text: readFileSync(file, 'utf8'), changedMs: fstatSync(file).mtimeMs };
  } finally {
    closeSync(file);
  }
}

/** Returns whether there was none. */
export function createFile(path: string, text: string): boolean {
  const file = unless('EEXIST', () => openSync(path, 'wx', 0o600));
  if (file === undefined) return false;
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    rmSync(path, { force: true }); // The disk is full.
    throw error;
  } finally {
    closeSync(file);
  }
}

function unless<T>(expected: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === expected) return undefined;
    throw error;
  }
}
