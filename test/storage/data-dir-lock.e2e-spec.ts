import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DataDirLock, LOCK_FILE, type LockEvents } from '../../src/storage/data-dir-lock.js';
import { doorOf } from '../../src/storage/local-socket.js';
import { type LockOwner, thisProcess } from '../../src/storage/lock-owner.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { emptyDirectory, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

/** Long enough that no test waits for it. */
const NEVER_MS = 1_000_000;
const SOON_MS = 300;
const CONTENDERS = 3;

function lockOn(
  directory: string,
  takeOverAfterMs = NEVER_MS,
  events: Partial<LockEvents> = {},
): DataDirLock {
  const silent = { onWait: () => undefined, onLost: () => undefined };
  return new DataDirLock(directory, { ...silent, ...events }, { beatEveryMs: 20, takeOverAfterMs });
}

const fileIn = (directory: string): string => join(directory, LOCK_FILE);

function leaveLock(directory: string, owner: LockOwner): void {
  writeFileSync(fileIn(directory), JSON.stringify(owner));
}

/** A process that has just ended, in the same set of processes as this one. */
function goneFrom(directory: string): LockOwner {
  return { ...thisProcess(directory), pid: spawnSync(process.execPath, ['-e', '0']).pid };
}

/** Of another container on this machine: the number of its process says nothing here. */
function inAnotherContainer(directory: string): LockOwner {
  return { ...thisProcess(directory), pid: 1, pidNamespace: 'pid:[1]' };
}

function onAnotherMachine(directory: string): LockOwner {
  return { ...inAnotherContainer(directory), startedAt: 'another-boot:1', host: 'far-away', device: 1 };
}

async function takeAndRelease(lock: DataDirLock): Promise<void> {
  await lock.acquire();
  lock.release();
}

describe('the lock on the data directory', () => {
  afterAll(stopAllServices);

  it('keeps out a second holder and names the first', async () => {
    const directory = emptyDirectory();
    const lock = lockOn(directory);
    await lock.acquire();
    await expect(lockOn(directory).acquire()).rejects.toThrow(
      `is in use by process ${process.pid} on host ${hostname()}`,
    );
    lock.release();
    await takeAndRelease(lockOn(directory));
    expect(existsSync(fileIn(directory))).toBe(false);
  });

  it('is taken over at once from a process that is gone', async () => {
    const directory = emptyDirectory();
    leaveLock(directory, goneFrom(directory));
    const lock = lockOn(directory);
    await lock.acquire();
    expect(readFileSync(fileIn(directory), 'utf8')).toContain(`"pid":${process.pid}`);
    lock.release();
  });

  it('is taken over at once from an earlier process whose number now belongs to another', async () => {
    const directory = emptyDirectory();
    const own = thisProcess(directory);
    leaveLock(directory, { ...own, pid: 1, startedAt: `${own.startedAt?.split(':')[0]}:-1` });
    await expect(takeAndRelease(lockOn(directory))).resolves.toBeUndefined();
  });

  it('goes to one of several that find it left behind at the same time', async () => {
    const contenders = Array.from({ length: CONTENDERS }, () => {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-contender.mjs')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    });
    for (let round = 0; round < 40; round++) {
      const directory = emptyDirectory();
      leaveLock(directory, goneFrom(directory));
      for (const { child } of contenders) child.stdin.write(`${directory}\n`);
      const answers = await Promise.all(
        contenders.map(async ({ lines }) => String((await lines.next()).value)),
      );
      expect(answers.filter((answer) => answer === 'has it')).toHaveLength(1);
      expect(answers.filter((answer) => answer.includes('is in use by process'))).toHaveLength(
        CONTENDERS - 1,
      );
    }
    for (const { child } of contenders) child.stdin.end();
  }, 120_000);
});

describe('the lock of a process whose number says nothing here', () => {
  afterAll(stopAllServices);

  it('keeps others out while the owner listens on its socket, though it does nothing else', async () => {
    const directory = emptyDirectory();
    leaveLock(directory, inAnotherContainer(directory));
    const owner = createServer().listen(join(directory, 'clankerbot.sock'));
    await once(owner, 'listening');
    await expect(lockOn(directory, 0).acquire()).rejects.toThrow('is in use by process 1 on host');
    owner.close();
  });

  it('is taken over at once when nobody listens any more, and a process left its socket on this machine', async () => {
    const directory = emptyDirectory();
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(join(directory, 'clankerbot.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`,
    ]);
    expect(existsSync(join(directory, 'clankerbot.sock'))).toBe(true);
    leaveLock(directory, inAnotherContainer(directory));
    await expect(takeAndRelease(lockOn(directory))).resolves.toBeUndefined();
  });

  it('keeps others out while the lock file is touched, whatever time the owner has', async () => {
    const directory = emptyDirectory();
    leaveLock(directory, onAnotherMachine(directory));
    let seconds = 1;
    const touching = setInterval(() => utimesSync(fileIn(directory), 1, seconds++), 5);
    await expect(lockOn(directory).acquire()).rejects.toThrow('is in use by process 1 on host far-away');
    clearInterval(touching);
  });

  it('is taken over when nothing has touched it for a while, which is said', async () => {
    const directory = emptyDirectory();
    leaveLock(directory, onAnotherMachine(directory));
    const said: string[] = [];
    const lock = lockOn(directory, 1000, { onWait: (sentence) => said.push(sentence) });
    const startedMs = performance.now();
    await takeAndRelease(lock);
    expect(performance.now() - startedMs).toBeGreaterThan(1000);
    expect(said).toEqual([expect.stringContaining('within 1 seconds')]);
  });

  it('is waited for no longer when the process is stopped', async () => {
    const directory = emptyDirectory();
    leaveLock(directory, onAnotherMachine(directory));
    const lock = lockOn(directory);
    const waiting = lock.acquire();
    lock.release();
    await expect(waiting).rejects.toThrow('aborted');
    expect(readFileSync(fileIn(directory), 'utf8')).toContain('far-away');
  });

  it.each([
    ['was cut off while being written', '{"pi', LOCK_FILE],
    ['is just being taken by a process that was killed in that moment', '', `${LOCK_FILE}.next`],
  ])('is taken over after a while when it %s', async (_when, text, file) => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, file), text);
    await takeAndRelease(lockOn(directory, SOON_MS));
    expect(existsSync(join(directory, file))).toBe(false);
  });
});

describe('the lock of an earlier release, which names a pid and no machine', () => {
  afterAll(stopAllServices);

  it('keeps others out while the process runs', async () => {
    const directory = emptyDirectory();
    const { pid, startedAt } = thisProcess(directory);
    leaveLock(directory, { pid, startedAt });
    await expect(lockOn(directory, 0).acquire()).rejects.toThrow(`is in use by process ${pid}.`);
  });

  it('keeps others out while its backups are to be had, in whatever container it runs', async () => {
    const directory = emptyDirectory();
    leaveLock(directory, { pid: 1, startedAt: 'another-boot:1' });
    const owner = createServer().listen(doorOf(directory));
    await once(owner, 'listening');
    await expect(lockOn(directory, 0).acquire()).rejects.toThrow('is in use by process 1.');
    owner.close();
  });

  it('is taken over after a while when nothing speaks for the process', async () => {
    const directory = emptyDirectory();
    leaveLock(directory, { pid: 1, startedAt: 'another-boot:1' });
    await expect(takeAndRelease(lockOn(directory, SOON_MS))).resolves.toBeUndefined();
  });
});

describe('a process that has the lock', () => {
  afterAll(stopAllServices);

  it('notices that another one has taken it, and leaves that one its lock', async () => {
    const directory = emptyDirectory();
    const lost: string[] = [];
    const lock = lockOn(directory, NEVER_MS, { onLost: ({ message }) => lost.push(message) });
    await lock.acquire();
    leaveLock(directory, onAnotherMachine(directory));
    await until(() => lost.length > 0);
    expect(lost).toEqual([expect.stringContaining('was taken over by process 1 on host far-away')]);
    lock.release();
    expect(readFileSync(fileIn(directory), 'utf8')).toContain('far-away');
  });

  it('keeps the lock when somebody removes the file', async () => {
    const directory = emptyDirectory();
    const lock = lockOn(directory);
    await lock.acquire();
    rmSync(fileIn(directory));
    await until(() => existsSync(fileIn(directory)));
    await expect(lockOn(directory).acquire()).rejects.toThrow('is in use');
    lock.release();
  });

  it('looks at the lock before each access to a file of the database', async () => {
    const directory = join(emptyDirectory(), 'db');
    const { status } = spawnSync(process.execPath, [
      join(import.meta.dirname, 'ends-before-writing.mjs'),
      directory,
    ]);
    expect(status).toBe(3);
    const next = new PgliteEngine(directory);
    await next.open();
    expect((await next.pool.query('select * from kept')).rows).toEqual([]);
    await next.close();
  }, 60_000);
});
