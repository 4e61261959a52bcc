import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { DataDirLock, LOCK_FILE } from '../../src/storage/data-dir-lock.js';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';

describe('the lock on the data directory', () => {
  afterAll(stopAllServices);

  it('keeps out a second holder and names the first', () => {
    const directory = emptyDirectory();
    const lock = new DataDirLock(directory);
    lock.acquire();
    expect(() => new DataDirLock(directory).acquire()).toThrow(`is in use by process ${process.pid}`);
    lock.release();
    const next = new DataDirLock(directory);
    next.acquire();
    next.release();
  });

  it('is taken over from a process that is gone', () => {
    const directory = emptyDirectory();
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(join(directory, LOCK_FILE), JSON.stringify({ pid, startedAt: 'another-boot:1' }));
    const lock = new DataDirLock(directory);
    lock.acquire();
    expect(readFileSync(join(directory, LOCK_FILE), 'utf8')).toContain(`"pid":${process.pid}`);
    lock.release();
  });

  it('is taken over from an earlier process whose number now belongs to another', () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, LOCK_FILE), JSON.stringify({ pid: 1, startedAt: 'another-boot:1' }));
    const lock = new DataDirLock(directory);
    lock.acquire();
    lock.release();
  });

  it('is taken over when it was cut off while being written', () => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, LOCK_FILE), '{"pi');
    const lock = new DataDirLock(directory);
    lock.acquire();
    lock.release();
  });

  it('stops the second service with a sentence and exit code 1, and leaves the first alone', async () => {
    const directory = join(emptyDirectory(), 'data');
    const first = await startService({ DATA_DIR: directory });
    await first.untilReady();
    const second = await startService({ DATA_DIR: directory });
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`is in use by process ${first.child.pid}`);
    expect(second.output()).not.toMatch(/^\s+at /m);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    expect(await first.stop()).toBe(0);
  }, 120_000);
});

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
