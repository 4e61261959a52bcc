import { BACKUP_FORMAT, type BackupHead, type BackupLine, type BackupSummary, isRow } from './backup-line.js';
import { BackupError } from './backup.errors.js';

/** Splits at newlines only: what else counts as a line's end somewhere may stand in a text. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, end)]).toString('utf8');
      pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (pieces.length > 0) throw cutShort();
}

/** Passes the lines on. Promises to fail unless they are a whole backup of a format that this version reads. */
export async function* wholeBackup(
  lines: AsyncIterable<string>,
  onEnd: (summary: BackupSummary) => void = () => undefined,
): AsyncGenerator<string> {
  const seen = { lines: 0, tables: 0, rows: 0 };
  let isEnded = false;
  for await (const line of lines) {
    if (isEnded) throw new BackupError('The backup goes on after its end.');
    if (seen.lines++ === 0) headOf(line);
    if (isRow(line)) seen.rows += 1;
    else {
      const value = parseLine(line);
      if (value.kind === 'table') seen.tables += 1;
      if (value.kind === 'end') {
        if (value.rows !== seen.rows || value.tables !== seen.tables) throw cutShort();
        isEnded = true;
      }
    }
    yield line;
  }
  if (!isEnded) throw cutShort();
  onEnd({ tables: seen.tables, rows: seen.rows });
}

export function headOf(line: string): BackupHead {
  const head = parseLine(line);
  if (head.kind !== 'clankerbot-backup') throw new BackupError('This is not a backup of Clankerbot.');
  if (head.format > BACKUP_FORMAT)
    throw new BackupError('The backup was made by a newer Clankerbot: restore it with that version.');
  return head;
}

export function parseLine(line: string): BackupLine {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'kind' in value) return value as BackupLine;
  } catch (error) {
    throw new BackupError('This is not a backup of Clankerbot.', error);
  }
  throw new BackupError('This is not a backup of Clankerbot.');
}

const cutShort = (): BackupError => new BackupError('The backup is cut short.');
