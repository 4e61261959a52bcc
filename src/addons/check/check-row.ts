/** One line of the list. `by hand`: no program can tell. */
export interface CheckRow {
  what: string;
  outcome: 'pass' | 'fail' | 'by hand';
  /** Why it failed, or what to look at. */
  why?: string;
}

export function row(what: string, faults: readonly string[]): CheckRow {
  return faults.length === 0 ? { what, outcome: 'pass' } : { what, outcome: 'fail', why: faults.join('; ') };
}

export function fault(isFine: boolean, sentence: string): string[] {
  return isFine ? [] : [sentence];
}

const WORDS = { pass: 'pass   ', fail: 'FAIL   ', 'by hand': 'by hand' };

export function writtenRows(rows: readonly CheckRow[]): string {
  return rows
    .map(({ what, outcome, why }) => `${WORDS[outcome]}  ${what}${why === undefined ? '' : `: ${why}`}`)
    .join('\n');
}
