import type { ChangedFile, Objection } from './departing.js';

const FILE = '100644';
const EXECUTABLE = '100755';

/** No new link, submodule or executable: they act where they are checked out. What was one may stay what it was, or go. */
export function modeObjections({ path, modeBefore, modeAfter }: ChangedFile): Objection[] {
  if (modeAfter === null || modeAfter === FILE) return [];
  if (modeAfter === EXECUTABLE && modeBefore === EXECUTABLE) return [];
  return [{ kind: 'mode', where: JSON.stringify(path), reason: NEW[modeAfter] ?? 'is no ordinary file' }];
}

const NEW: Readonly<Record<string, string>> = {
  [EXECUTABLE]: 'would become executable',
  '120000': 'is a symbolic link',
  '160000': 'is a submodule',
};
