import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';

describe('a data directory that cannot be used', () => {
  afterAll(stopAllServices);

  it('stops the start with the reason when its path is a file', async () => {
    const file = join(emptyDirectory(), 'file');
    writeFileSync(file, '');
    const service = await startService({ DATA_DIR: file });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain(`DATA_DIR ${file} cannot be used: it is not a directory`);
  });

  it('stops the start with the reason when this user may not write there', async () => {
    const directory = join(emptyDirectory(), 'read-only');
    mkdirSync(directory, { mode: 0o555 });
    const service = await startService({ DATA_DIR: directory }, { isUnprivileged: true });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain('this user may not write there');
  });

  // Needs a file system of its own, which only root may mount.
  const itAsRoot = userInfo().uid === 0 && canMount() ? it : it.skip;

  itAsRoot('stops the start with the reason when the disk is full', async () => {
    await onTmpfs('size=2m', async (directory) => {
      const service = await startService({ DATA_DIR: join(directory, 'data') });
      expect(await service.exited).toBe(1);
      expect(service.output()).toMatch(/cannot be used: the disk is full/);
    });
  });

  itAsRoot('stops the start with the reason when the file system is read-only', async () => {
    await onTmpfs('size=1m,ro', async (directory) => {
      const service = await startService({ DATA_DIR: join(directory, 'data') });
      expect(await service.exited).toBe(1);
      expect(service.output()).toContain('the file system is read-only');
    });
  });
});

function canMount(): boolean {
  const directory = emptyDirectory();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory]);
  if (status === 0) execFileSync('umount', [directory]);
  return status === 0;
}

async function onTmpfs(options: string, work: (directory: string) => Promise<void>): Promise<void> {
  const directory = emptyDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  try {
    await work(directory);
  } finally {
    execFileSync('umount', [directory]);
  }
}
