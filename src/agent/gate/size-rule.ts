import type { ChangedFile, Departing, Objection } from './departing.js';

export interface SizeLimits {
  files: number;
  /** Of all files as they would be, together. */
  bytes: number;
  /** Lines of all files that are new, together. */
  lines: number;
}

/** A change that nobody would read is not offered to be read. */
export const SIZE_LIMITS: SizeLimits = { files: 200, bytes: 5 * 1024 * 1024, lines: 20_000 };

/** GitHub refuses more. */
const LONGEST_TEXTS: Readonly<Record<string, number>> = { title: 256 };
const LONGEST_TEXT = 65_536;

export function sizeObjections({ files, texts }: Departing, limits: SizeLimits): Objection[] {
  const bytes = files.reduce((sum, { after }) => sum + (after?.length ?? 0), 0);
  const lines = files.reduce((sum, file) => sum + newLines(file), 0);
  const too = (what: string, count: number, limit: number): Objection[] =>
    count > limit
      ? [{ kind: 'size', where: 'the change', reason: `${count} ${what}, more than ${limit}` }]
      : [];
  return [
    ...too('files', files.length, limits.files),
    ...too('bytes', bytes, limits.bytes),
    ...too('new lines', lines, limits.lines),
    ...Object.entries(texts).flatMap(([where, text]) => textObjections(where, text)),
  ];
}

function textObjections(where: string, text: string): Objection[] {
  const limit = LONGEST_TEXTS[where] ?? LONGEST_TEXT;
  if (text.length <= limit) return [];
  return [{ kind: 'size', where, reason: `${text.length} characters, more than ${limit}` }];
}

function newLines({ before, after }: ChangedFile): number {
  if (!after || after.length === 0) return 0;
  const known = new Set(linesOf(before));
  return linesOf(after).filter((line) => !known.has(line)).length;
}

function linesOf(content: Buffer | undefined): string[] {
  return content === undefined ? [] : content.toString('latin1').replace(/\n$/, '').split('\n');
}
