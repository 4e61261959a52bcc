import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const pool = new Uint32Array(1024);
let position = pool.length;

/** One number in [0, 1) from a pool of randomness: ulid draws per character, and a system call each is slow. */
function pooledRandom(): number {
  if (position === pool.length) {
    randomFillSync(pool);
    position = 0;
  }
  return (pool[position++] as number) / 0x1_0000_0000;
}

const nextUlid = monotonicFactory(pooledRandom);

/** A new ULID: sortable by time, monotonic within this process. */
export function newId(timeMs?: number): string {
  return nextUlid(timeMs);
}

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

export function isId(value: string): boolean {
  return ULID.test(value);
}
