/** Whether a word is one slip of the hand away from one of these, and not one of them. */
export function isNear(word: string, words: ReadonlySet<string>): boolean {
  if (word.length < 4) return false;
  for (const other of words)
    if (other.length > 3 && isOneSlip(word, other) && (word.length > 4 || isTurned(word, other))) return true;
  return false;
}

/** One letter more, less, other, or two that changed places. */
export function isOneSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  let fromEnd = 0;
  while (fromEnd < Math.min(a.length, b.length) - from && a.at(-1 - fromEnd) === b.at(-1 - fromEnd))
    fromEnd++;
  const [restA, restB] = [a.slice(from, a.length - fromEnd), b.slice(from, b.length - fromEnd)];
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}

/** The same letters in another order: of short words, which have many neighbours, only this is a slip. */
function isTurned(a: string, b: string): boolean {
  return a.length === b.length && [...a].sort().join('') === [...b].sort().join('');
}
