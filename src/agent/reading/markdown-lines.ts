/** What a line is to a reader of the rendered text. */
export type LineKind = 'prose' | 'html' | 'fence' | 'code';

export interface MarkdownLine {
  kind: LineKind;
  text: string;
}

/** Behind the marks of lists and quotations, which it may stand in. */
const CONTAINER = /^(?:[\s>*+-]|\d{1,9}[.)]\s)*/;
const FENCE = /^(`{3,}|~{3,})([^`]*)$/;
/** Begins a block of HTML, in which there are no fences until a line is empty. */
const HTML = /^<[a-z!?/]/i;

/**
 * Tells what is shown as code, and so shows its tags and comments, from what is rendered. In doubt a line is rendered: what
 * it hides there is then left out, at worst together with something that could be seen.
 */
export function markdownLines(text: string): MarkdownLine[] {
  const lines: MarkdownLine[] = [];
  let fence: string | undefined;
  let isHtml = false;
  for (const line of text.split('\n')) {
    const inner = line.replace(CONTAINER, '');
    const mark = FENCE.exec(inner)?.[1];
    if (fence !== undefined) {
      const isEnd = mark !== undefined && mark.startsWith(fence) && inner.trim() === mark;
      lines.push({ kind: isEnd ? 'fence' : 'code', text: line });
      if (isEnd) fence = undefined;
      continue;
    }
    if (inner.trim() === '') isHtml = false;
    else isHtml ||= HTML.test(inner);
    if (mark !== undefined && !isHtml) fence = mark;
    lines.push({ kind: fence !== undefined ? 'fence' : isHtml ? 'html' : 'prose', text: line });
  }
  return fence === undefined ? lines : withoutOpenFence(lines);
}

/** A fence that is never closed goes to the end of what it stands in, which may be before the end of the text. */
function withoutOpenFence(lines: MarkdownLine[]): MarkdownLine[] {
  const start = lines.findLastIndex(({ kind }) => kind === 'fence');
  return lines.map((line, i) => (i > start ? { ...line, kind: 'html' } : line));
}
