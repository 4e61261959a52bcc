import { BackupError } from './backup.errors.js';
import type { CopyEnd } from './online-copy.js';

/**
 * What the service says at its door, a line of JSON each: which directory the files may be copied to; what the copy needs
 * beside them; that it has been there all the time, so that nobody has touched the copy.
 */
export type DoorLine =
  { kind: 'busy' } | { kind: 'copy'; directory: string } | ({ kind: 'end' } & CopyEnd) | { kind: 'done' };

export const doorText = (line: DoorLine): string => `${JSON.stringify(line)}\n`;

/** What the visitor says: that it goes on; that it has the files; their log; all rows. */
export type VisitorWord = 'on' | 'files' | 'log' | 'rows';

/** Waits until the visitor has come that far. */
export async function untilSaid(words: AsyncIterator<string>, expected: VisitorWord): Promise<void> {
  for (;;) {
    const { value, done } = await words.next();
    if (done) throw new BackupError('The command went away.');
    if (value === expected) return;
    if (value !== 'on') throw new BackupError('The command said something unexpected.');
  }
}

export async function untilGone(words: AsyncIterator<string>): Promise<void> {
  const rest = await words.next().catch(() => undefined); // It makes no difference how it went.
  if (rest !== undefined && !rest.done) throw new BackupError('The command went on after its end.');
}

/** Waits for what the service has to say next. */
export async function heard<K extends DoorLine['kind']>(
  lines: AsyncIterator<string>,
  kind: K,
): Promise<Extract<DoorLine, { kind: K }>> {
  const line = await lines.next().catch(() => undefined);
  if (line === undefined || line.done) throw serviceGone();
  const said = parse(line.value);
  if (isOf(said, kind)) return said;
  if (said?.kind === 'busy')
    throw new BackupError('Another backup is being taken of this service. Try again when it is done.');
  throw new BackupError('The service is of another version: use the backup command of that one.');
}

export const serviceGone = (cause?: unknown): BackupError =>
  new BackupError('The service ended the backup, or ended itself. Try again.', cause);

const isOf = <K extends DoorLine['kind']>(
  said: DoorLine | undefined,
  kind: K,
): said is Extract<DoorLine, { kind: K }> => said?.kind === kind;

function parse(line: string): DoorLine | undefined {
  try {
    return JSON.parse(line) as DoorLine;
  } catch {
    return undefined;
  }
}
