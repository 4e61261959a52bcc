/** One thing that a pattern matches in one way only, a character or an assertion, and how often. */
interface Piece {
  min: number;
  max: number;
}

interface Alternative {
  isAnchored: boolean;
  pieces: Piece[];
}

/** `\p{…}`, `\u{…}` and back references are not among them: not every reader of a pattern has to know them. */
const ESCAPE = String.raw`\\[dDsSwWbBtnrfv^$\\.*+?()[\]{}|/-]`;
const CLASS = String.raw`\[(?:${ESCAPE}|[^\\\]])*\]`;
const LITERAL = String.raw`[^\\^$.*+?()[\]{}|]`;
const TIMES = String.raw`(?:(?<sign>[*+?])|\{(?<min>\d+)(?<open>,(?<max>\d*))?\})\??`;
const PIECE = new RegExp(`(?<or>\\|)|(?:${LITERAL}|${ESCAPE}|${CLASS}|[.^$])(?:${TIMES})?`, 'y');

const known = new Map<string, Alternative[] | null>();
const KNOWN_MAX = 5000;

/**
 * How many steps a backtracking matcher takes at the most to look for this pattern in a text of this length; Infinity where
 * that is not known: with groups and whatever begins like one, and back references.
 */
export function stepsOfMatch(pattern: string, textLength: number): number {
  let alternatives = known.get(pattern);
  if (alternatives === undefined) {
    alternatives = alternativesOf(pattern);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(pattern, alternatives);
  }
  if (alternatives === null) return Infinity;
  return alternatives.reduce(
    (steps, { isAnchored, pieces }) =>
      steps + stepsAt(pieces, textLength) * (isAnchored ? 1 : textLength + 1),
    textLength,
  );
}

/** Tried at one place of the text: behind each way to match a piece comes all that follows it. */
function stepsAt(pieces: readonly Piece[], textLength: number): number {
  return pieces.reduceRight((rest, { min, max }) => {
    const most = Math.min(max, textLength);
    return most + Math.max(1, most - min + 1) * rest;
  }, 1);
}

function alternativesOf(pattern: string): Alternative[] | null {
  const alternatives: Alternative[] = [{ isAnchored: pattern.startsWith('^'), pieces: [] }];
  let at = 0;
  while (at < pattern.length) {
    PIECE.lastIndex = at;
    const found = PIECE.exec(pattern);
    if (!found) return null;
    at = PIECE.lastIndex;
    if (found.groups?.['or'] === undefined) alternatives.at(-1)?.pieces.push(pieceOf(found.groups ?? {}));
    else alternatives.push({ isAnchored: pattern.startsWith('^', at), pieces: [] });
  }
  return alternatives;
}

function pieceOf({ sign, min, open, max }: Record<string, string | undefined>): Piece {
  if (sign !== undefined) return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
  if (min === undefined) return { min: 1, max: 1 };
  if (open === undefined) return { min: Number(min), max: Number(min) };
  return { min: Number(min), max: max === undefined || max === '' ? Infinity : Number(max) };
}
