/** One line of `git diff-index --raw -z`. */
export interface RawChange {
  modeBefore: string | null;
  modeAfter: string | null;
  shaBefore: string;
  shaAfter: string;
  path: string;
}

const LINE = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\d*$/;
const NONE = '000000';

export function rawChanges(output: Buffer): RawChange[] {
  const fields = output.toString('utf8').split('\0');
  const changes: RawChange[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [, before = NONE, after = NONE, shaBefore = '', shaAfter = ''] = LINE.exec(fields[i] ?? '') ?? [];
    changes.push({
      modeBefore: before === NONE ? null : before,
      modeAfter: after === NONE ? null : after,
      shaBefore,
      shaAfter,
      path: fields[i + 1] ?? '',
    });
  }
  return changes;
}
