import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DataDirError } from './storage.errors.js';

export const LOCK_FILE = 'clankerbot.lock';

/** Keeps a second process off the embedded database. A lock whose process is gone is taken over. */
export class DataDirLock {
  readonly #path: string;
  #isHeld = false;

  constructor(private readonly dataDir: string) {
    this.#path = join(dataDir, LOCK_FILE);
  }

  acquire(): void {
    this.#makeDirectory();
    if (this.#tryCreate()) return;
    const owner = this.#readOwner();
    if (owner !== undefined && isSameProcessAlive(owner)) throw DataDirError.inUse(this.dataDir, owner.pid);
    rmSync(this.#path, { force: true });
    if (!this.#tryCreate()) throw DataDirError.inUse(this.dataDir, this.#readOwner()?.pid);
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    rmSync(this.#path, { force: true });
  }

  #makeDirectory(): void {
    if (existsSync(this.dataDir)) return;
    try {
      // Parents first and on their own: a recursive mkdir reports ENOENT for a read-only file system.
      mkdirSync(dirname(this.dataDir), { recursive: true });
      mkdirSync(this.dataDir);
    } catch (error) {
      throw DataDirError.notUsable(this.dataDir, error);
    }
  }

  #tryCreate(): boolean {
    try {
      const file = openSync(this.#path, 'wx', 0o600);
      writeSync(file, JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) }));
      closeSync(file);
      this.#isHeld = true;
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw DataDirError.notUsable(this.dataDir, error);
    }
  }

  #readOwner(): Owner | undefined {
    try {
      const owner: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      return isOwner(owner) ? owner : undefined;
    } catch {
      return undefined; // A lock cut off while being written names nobody: it is stale.
    }
  }
}

interface Owner {
  pid: number;
  startedAt: string | null;
}

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null && 'pid' in value && Number.isInteger(value.pid);
}

/** The process lives and is the one that wrote the lock: after a reboot its number may be somebody else's. */
function isSameProcessAlive(owner: Owner): boolean {
  if (owner.pid === process.pid)
    return owner.startedAt === startTimeOf(process.pid) && owner.startedAt !== null;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const startedAt = startTimeOf(owner.pid);
  return startedAt === null || owner.startedAt === null || startedAt === owner.startedAt;
}

/** When a process started, in the kernel's own count; null where there is no /proc. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}
