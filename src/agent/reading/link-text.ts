import { closingBracket, endOfParagraph, FARTHEST } from './bracketed.js';

const LONGEST_ADDRESS = 200;
const DEEPEST = 20;
/** `[label]: address "title"`, which is not shown; and `[//]: # (a comment)`, over the lines that belong to it. */
const DEFINITION = /^[ \t>]*\[[^\]\n]+\]:[^\n]*(?:\n[ \t]+["'(][^\n]*)*$/gm;

/** Pictures as `[image]`, links as their words and where they go: no alternative texts, titles and definitions. */
export function linkText(text: string): string {
  return withoutLinks(text.replace(DEFINITION, ''), 0);
}

function withoutLinks(text: string, depth: number): string {
  let seen = '';
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('[', at);
    if (next < 0) return seen + text.slice(at);
    const isImage = text[next - 1] === '!';
    const link = linkAt(text, next);
    seen += text.slice(at, isImage && link !== undefined ? next - 1 : next);
    if (link === undefined) {
      const isTooLong = isImage && text.length - next > FARTHEST;
      seen += isTooLong ? '' : '[';
      at = isTooLong ? endOfParagraph(text, next) : next + 1;
      continue;
    }
    if (isImage) seen += '[image]';
    else seen += wordsOf(depth < DEEPEST ? withoutLinks(link.words, depth + 1) : '', link.target);
    at = link.end;
  }
  return seen;
}

interface Link {
  words: string;
  target: string;
  end: number;
}

/** `[words](target "title")`, `[words][label]`, and for a picture `[alt]` alone, which may have a definition. */
function linkAt(text: string, at: number): Link | undefined {
  const close = closingBracket(text, at, ']');
  if (close === undefined) return undefined;
  const words = text.slice(at + 1, close);
  const behind = text[close + 1];
  if (behind === '(') {
    const end = closingBracket(text, close + 1, ')');
    if (end !== undefined) return { words, target: text.slice(close + 2, end).trim(), end: end + 1 };
    // What is not closed may be a title that goes on and on.
    if (text.length - close > FARTHEST) return { words, target: '', end: endOfParagraph(text, close) };
  }
  if (behind === '[') {
    const end = closingBracket(text, close + 1, ']');
    if (end !== undefined) return { words, target: '', end: end + 1 };
  }
  return text[at - 1] === '!' ? { words, target: '', end: close + 1 } : undefined;
}

/** Where a link goes, without what could be written behind it for nobody to see. */
function wordsOf(words: string, target: string): string {
  const url = URL.parse(target.split(/\s/)[0]?.replace(/^<|>$/g, '') ?? '');
  if (!url || !/^https?:$/.test(url.protocol)) return words;
  const address = `${url.origin}${url.pathname}`;
  return address.length > LONGEST_ADDRESS || words.includes(address) ? words : `${words} (${address})`;
}
