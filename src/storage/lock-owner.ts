import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a data directory, as its lock file says. The first releases wrote the first two fields only. */
export interface LockOwner {
  pid: number;
  /** When the process started, as `boot:ticks`; null where there is no /proc. */
  startedAt: string | null;
  token?: string;
  host?: string;
  /** The set of processes in which `pid` is a number, by the kernel's name: each container has its own. */
  pidNamespace?: string;
  /** The mounted file system, by the kernel's number. */
  device?: number;
}

export function thisProcess(dataDir: string): LockOwner {
  const pidNamespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return {
    pid: process.pid,
    startedAt: startTimeOf(process.pid),
    token: randomUUID(),
    host: hostname(),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    device: statSync(dataDir).dev,
  };
}

/** Undefined for a text that was cut off while being written. */
export function parseOwner(text: string): LockOwner | undefined {
  const owner = attempt(() => JSON.parse(text) as unknown);
  const isOwner =
    typeof owner === 'object' && owner !== null && 'pid' in owner && Number.isInteger(owner.pid);
  return isOwner ? (owner as LockOwner) : undefined;
}

/**
 * Whether the owner's pid means here what it meant there. The number of a namespace is used again, but only when the
 * earlier one is gone with all its processes: a pid that is not found is gone either way.
 */
export function sharesPids(owner: LockOwner, own: LockOwner): boolean {
  if (process.platform !== 'linux') return owner.startedAt === null && owner.host === own.host;
  return (
    isSameBoot(owner, own) && owner.pidNamespace !== undefined && owner.pidNamespace === own.pidNamespace
  );
}

/** Whether a socket of the owner's in the directory would be heard here: the same kernel, and the same mount for it. */
export function sharesSockets(owner: LockOwner, own: LockOwner): boolean {
  return isSameBoot(owner, own) && owner.device === own.device;
}

/** The process lives and is the one that wrote the lock: after a restart its number may be somebody else's. */
export function isRunning({ pid, startedAt }: LockOwner): boolean {
  const startedNow = startTimeOf(pid);
  if (pid === process.pid) return startedAt !== null && startedAt === startedNow;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startedNow === null || startedAt === null || startedNow === startedAt;
}

function isSameBoot(owner: LockOwner, own: LockOwner): boolean {
  return own.startedAt !== null && bootOf(owner) === bootOf(own);
}

const bootOf = ({ startedAt }: LockOwner): string | undefined => startedAt?.split(':')[0];

/** When a process started, in the kernel's own count since its boot; null where there is no /proc. */
function startTimeOf(pid: number): string | null {
  const startedAt = attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  });
  return startedAt ?? null;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
