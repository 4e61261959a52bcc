import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';

const modeOf = (path: string): number => statSync(path).mode & 0o777;
/** Needs two users. */
const itAsRoot = userInfo().uid === 0 ? it : it.skip;

function openTo(user: string, path: string): boolean {
  const command = ['--reuid', user, '--regid', 'nogroup', '--clear-groups', 'ls', path];
  return spawnSync('setpriv', command).status === 0;
}

describe('the data directory', () => {
  afterAll(stopAllServices);

  it('is its user’s alone, with every file in it', async () => {
    const parent = emptyDirectory();
    chmodSync(parent, 0o755);
    const directory = join(parent, 'data');
    const service = await startService({ DATA_DIR: directory });
    await service.untilReady();
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    const open = entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => (modeOf(path) & 0o077) !== 0);
    expect([modeOf(directory), open, entries.length > 500]).toEqual([0o700, [], true]);
    await service.stop();
  }, 120_000);

  it('is made private where it was not, as those of the release before are', async () => {
    const parent = emptyDirectory();
    const directory = join(parent, 'data');
    mkdirSync(directory, { mode: 0o755 });
    const service = await startService({ DATA_DIR: directory });
    await service.untilReady();
    expect(modeOf(directory)).toBe(0o700);
    await service.stop();
  }, 120_000);

  itAsRoot(
    'cannot be read by another user of the machine',
    async () => {
      const parent = emptyDirectory();
      chmodSync(parent, 0o755);
      const directory = join(parent, 'data');
      const service = await startService({ DATA_DIR: directory });
      await service.untilReady();
      expect([openTo('nobody', parent), openTo('nobody', directory)]).toEqual([true, false]);
      await service.stop();
    },
    120_000,
  );

  itAsRoot('is refused where it is another user’s and open to everybody', async () => {
    const directory = join(emptyDirectory(), 'data');
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    const service = await startService({ DATA_DIR: directory }, { isUnprivileged: true });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain('is open to everybody on this machine');
  });
});
