import { encodeTime } from 'ulid';

/** The lowest id that an event of this moment can have: ids sort by time, so this bounds them by it. */
export function firstIdAt(time: Date | number): string {
  const ms = typeof time === 'number' ? time : time.getTime();
  return `${encodeTime(Math.max(0, ms))}${'0'.repeat(16)}`;
}
