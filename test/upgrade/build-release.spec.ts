import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { previousRelease } from './previous-release.js';

const commit = previousRelease();
if (commit === undefined)
  process.stderr.write('Skipping the build of the previous release: this clone is too shallow to have it.\n');
const itWithHistory = commit === undefined ? it.skip : it;

describe('a previous release, compiled', () => {
  let left: string;
  beforeAll(() => {
    left = mkdtempSync(join(tmpdir(), 'clankerbot-left-'));
  });
  afterAll(() => rmSync(left, { recursive: true }));

  itWithHistory(
    'finds its packages in this checkout, whatever a removed one left on the machine',
    () => {
      const leftRelease = join(left, `clankerbot-release-${commit}`);
      mkdirSync(leftRelease);
      symlinkSync('/nowhere/node_modules', join(leftRelease, 'node_modules'));

      const release = execFileSync(
        process.execPath,
        [join(import.meta.dirname, 'build-release.ts'), commit ?? ''],
        { encoding: 'utf8', env: { ...process.env, TMPDIR: left } },
      );

      const main = realpathSync(join(release, 'dist/main.js'));
      const packages = realpathSync(join(import.meta.dirname, '../../node_modules'));
      expect(createRequire(main).resolve('reflect-metadata')).toMatch(
        new RegExp(`^${packages}/reflect-metadata/`),
      );
    },
    120_000,
  );
});
