import { closingAngle, endOfParagraph } from './bracketed.js';

/** Elements whose content a reader does not see, or not as text. */
const UNSEEN = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'title',
  'textarea',
  'iframe',
  'object',
  'svg',
  'math',
  'head',
  'select',
  'audio',
  'video',
  'canvas',
]);
const BREAKS = new Set([
  'br',
  'p',
  'div',
  'li',
  'tr',
  'hr',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'pre',
  'summary',
]);
const TAG = /^<(\/?)([a-z][\w:-]*)/i;

/** What is seen of text with tags: nothing of the tags themselves, of elements that are not shown, of folded parts. */
export function untaggedText(text: string): string {
  const seen = new Seen();
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('<', at);
    seen.text(text.slice(at, next < 0 ? text.length : next));
    if (next < 0) break;
    at = behindTag(text, next, seen);
  }
  return seen.all;
}

/** What is seen so far, and which of the foldable parts that have begun are folded. */
class Seen {
  all = '';
  readonly #parts: boolean[] = [];
  #summaryIn = 0;

  text(text: string): void {
    const folded = this.#parts.indexOf(true);
    const isSummary = folded >= 0 && folded === this.#parts.length - 1 && this.#summaryIn > folded;
    if (folded < 0 || isSummary) this.all += text;
  }

  begin(isFolded: boolean): void {
    if (isFolded) this.text(' [folded text left out] ');
    this.#parts.push(isFolded);
  }

  end(): void {
    this.#parts.pop();
    this.#summaryIn = 0;
  }

  summary(isBegin: boolean): void {
    this.#summaryIn = isBegin ? this.#parts.length : 0;
  }
}

/** Where to read on. A `<` that begins no tag is itself. */
function behindTag(text: string, at: number, seen: Seen): number {
  const start = text.slice(at, at + 80);
  const tag = TAG.exec(start);
  if (!tag && !/^<[!?][a-z[]/i.test(start)) {
    const isAddress = /^<(?:https?:\/\/|mailto:)/i.test(start);
    seen.text(isAddress ? '' : '<');
    return at + 1;
  }
  if (/^<https?:/i.test(start)) return at + 1;
  const close = closingAngle(text, at);
  if (close === undefined) return endOfParagraph(text, at);
  if (!tag) return close + 1;
  return behindElement(text, { name: String(tag[2]).toLowerCase(), isEnd: tag[1] === '/', at, close }, seen);
}

interface Tag {
  name: string;
  isEnd: boolean;
  at: number;
  close: number;
}

function behindElement(text: string, { name, isEnd, at, close }: Tag, seen: Seen): number {
  if (BREAKS.has(name)) seen.text('\n');
  if (name === 'summary') seen.summary(!isEnd);
  if (name === 'details' && isEnd) seen.end();
  if (name === 'details' && !isEnd)
    seen.begin(!/\sopen(?:[\s=/>]|$)/i.test(unquoted(text.slice(at, close + 1))));
  if (isEnd || !UNSEEN.has(name)) return close + 1;
  const end = text.slice(close).search(new RegExp(`</${name}`, 'i'));
  return end < 0 ? text.length : close + end;
}

function unquoted(tag: string): string {
  return tag.replace(/"[^"]*"|'[^']*'/g, '""');
}
