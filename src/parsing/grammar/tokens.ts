import { folded, isForeign, isMixed } from './fold.js';

export type TokenKind = 'word' | 'number' | 'mark' | 'quote' | 'odd';

/** A piece of a text that is read as one, and where it stands. */
export interface Token {
  kind: TokenKind;
  /** As it is written; of a quotation what stands inside. */
  text: string;
  folded: string;
  from: number;
  to: number;
  /** Nothing stands between this piece and the one before it. */
  isGlued: boolean;
}

const PIECES = [
  [
    'quote',
    /"([^"]*)"|“([^“”"]*)[”"]|„([^“”"]*)[“”"]|«\s*([^«»]*?)\s*»|(?<![\p{L}\p{N}])['‘]([^'’‘]*)['’](?![\p{L}\p{N}])/uy,
  ],
  ['number', /\d{4}-\d{1,2}-\d{1,2}(?![\d-])|\d+(?:[.,:/]\d+)*/uy],
  ['word', /\p{L}[\p{L}\p{M}]*['’]?/uy],
  ['mark', /[-–—−.,:;!?¿¡/#@()&+]/uy],
] as const;
/** No name and no table has it, so that what cannot be told apart by eye is never found. */
const ODD = '\uFFFD';
const SPACE = /[\p{Zs}\t\n\r]+/uy;

/** All pieces of a text in its order. A hyphen that joins two words is none. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isGlued = false;
  while (at < text.length) {
    const space = matchAt(SPACE, text, at);
    if (space) {
      at += space[0].length;
      isGlued = false;
      continue;
    }
    const token = { ...pieceAt(text, at), isGlued: isGlued && tokens.length > 0 };
    tokens.push(token);
    at = token.to;
    isGlued = true;
  }
  return tokens.filter((_, index) => !isJoint(tokens, index));
}

/** What a name or a phrase is looked up by. */
export function keyOf(tokens: readonly Token[]): string {
  return tokens.map((token) => token.folded).join(' ');
}

function pieceAt(text: string, at: number): Omit<Token, 'isGlued'> {
  for (const [kind, pattern] of PIECES) {
    const match = matchAt(pattern, text, at);
    if (!match) continue;
    const inside = kind === 'quote' ? (match.slice(1).find((group) => group !== undefined) ?? '') : match[0];
    const isOdd = kind === 'word' && (isMixed(inside) || isForeign(inside));
    return {
      kind: isOdd ? 'odd' : kind,
      text: inside,
      folded: isOdd ? `${ODD}${inside}` : foldedPiece(kind, inside),
      from: at,
      to: at + match[0].length,
    };
  }
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { kind: 'odd', text: char, folded: char, from: at, to: at + char.length };
}

function foldedPiece(kind: TokenKind, text: string): string {
  if (kind === 'mark') return /[–—−]/.test(text) ? '-' : text;
  return folded(text);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** In `10am-noon` the hyphen is a span and joins nothing. */
function isJoint(tokens: readonly Token[], at: number): boolean {
  const [number, before, token, after] = [tokens[at - 2], tokens[at - 1], tokens[at], tokens[at + 1]];
  if (token?.folded !== '-' || !token.isGlued || !after?.isGlued) return false;
  if (before?.kind !== 'word' || after.kind !== 'word') return false;
  return !(number?.kind === 'number' && before.isGlued);
}
