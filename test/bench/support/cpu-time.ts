import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;

/** Processor time so far of a process and all below it, in milliseconds; 0 where there is no /proc. */
export function cpuTimeMs(rootPid: number, except: readonly number[] = []): number {
  const all = new Map<number, { parent: number; ms: number }>();
  for (const entry of list()) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const fields = statOf(pid);
    if (fields)
      all.set(pid, { parent: Number(fields[1]), ms: (Number(fields[11]) + Number(fields[12])) * TICK_MS });
  }
  const isBelow = (pid: number): boolean => {
    for (let at = pid; at > 1; at = all.get(at)?.parent ?? 0) {
      if (except.includes(at)) return false;
      if (at === rootPid) return true;
    }
    return false;
  };
  return [...all].filter(([pid]) => isBelow(pid)).reduce((sum, [, { ms }]) => sum + ms, 0);
}

function list(): string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // It ended meanwhile.
  }
}
