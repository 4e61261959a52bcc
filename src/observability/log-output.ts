import pino, { type DestinationStream } from 'pino';

/**
 * Standard output or a file, the lines of one turn of the event loop in one write: under load many requests end in the same turn.
 * Promises that a process which ends by itself has written every line; one that is killed may lose those of its last turn.
 */
export function createLogOutput(to: { fd: number } | { dest: string } = { fd: 1 }): DestinationStream {
  let lines = '';
  const flush = (): void => {
    const text = lines;
    lines = '';
    out.write(text);
  };
  // Before the destination hears of the end itself, so that what waits here is part of what it writes then.
  process.on('exit', () => {
    if (lines !== '') flush();
  });
  const out = pino.destination({ ...to, sync: true });
  return {
    write(line) {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}
