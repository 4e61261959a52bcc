import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../..');
const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: REPOSITORY, encoding: 'utf8', stdio: 'pipe' }).trim();

/** The commit of the last tag before this one, else the one that the file names; undefined where history does not reach. */
export function previousRelease(): string | undefined {
  const named = readFileSync(join(import.meta.dirname, 'previous-release.txt'), 'utf8')
    .split('\n')
    .find((line) => /^[0-9a-f]{40}$/.test(line));
  for (const revision of [lastTag(), named]) {
    if (revision === undefined) continue;
    try {
      return git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`);
    } catch {
      continue; // A shallow clone does not have it.
    }
  }
  return undefined;
}

/** Of a release before this commit: a tag on the commit itself is this release. */
function lastTag(): string | undefined {
  try {
    return git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', 'HEAD^');
  } catch {
    return undefined;
  }
}

/** The folder of that commit's compiled code. */
export const buildRelease = (commit: string): string =>
  execFileSync(process.execPath, [join(import.meta.dirname, 'build-release.ts'), commit], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
