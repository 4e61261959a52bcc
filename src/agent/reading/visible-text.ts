import { withoutEntities } from './html-entities.js';
import { withoutInvisible } from './invisible-characters.js';
import { linkText } from './link-text.js';
import { type MarkdownLine, markdownLines } from './markdown-lines.js';
import { untaggedText } from './untagged-text.js';

export interface TextLimits {
  characters: number;
}

export const TITLE_LIMITS: TextLimits = { characters: 256 };
export const BODY_LIMITS: TextLimits = { characters: 30_000 };

/** More than GitHub takes is nothing that GitHub has sent. */
const LONGEST_READ = 70_000;

/**
 * What a person sees who reads the text at GitHub, as far as that can be told without rendering it, and no more than the
 * limit. Promises that nothing which cannot be seen there is left: comments, tags and their attributes, alternative texts,
 * folded parts, characters without a width, the words behind a fence. In doubt it leaves something out.
 */
export function visibleText(text: string, { characters }: TextLimits): string {
  const plain = tidy(withoutInvisible(text.slice(0, LONGEST_READ)));
  const seen = partsOf(withoutComments(plain)).map(({ isCode, lines }) =>
    isCode ? codeText(lines) : renderedText(lines.map((line) => line.text).join('\n')),
  );
  return cut(tidy(withoutInvisible(seen.join('\n'))), characters);
}

/** Of a title, which GitHub does not render: all of it, but for what has no width, on one line. */
export function visibleTitle(title: string): string {
  return cut(
    tidy(withoutInvisible(title.slice(0, LONGEST_READ)).replaceAll('\n', ' ')),
    TITLE_LIMITS.characters,
  );
}

/** Also in code, because a comment may hide the fence. One that is not closed hides all that follows if it begins a line. */
function withoutComments(text: string): string {
  let seen = '';
  for (let at = 0; ;) {
    const start = text.indexOf('<!--', at);
    if (start < 0) return seen + text.slice(at);
    seen += text.slice(at, start);
    const end = text.indexOf('-->', start + 2);
    const beginsLine = /(?:^|\n)[\s>*+-]*$/.test(text.slice(Math.max(0, start - 50), start));
    if (end < 0) return beginsLine ? seen : seen + text.slice(start);
    at = end + 3;
  }
}

interface Part {
  isCode: boolean;
  lines: readonly MarkdownLine[];
}

/** Runs of lines that are code, and of those that are not. */
function partsOf(text: string): Part[] {
  const parts: { isCode: boolean; lines: MarkdownLine[] }[] = [];
  for (const line of markdownLines(text)) {
    const isCode = line.kind === 'fence' || line.kind === 'code';
    const last = parts.at(-1);
    if (last?.isCode === isCode) last.lines.push(line);
    else parts.push({ isCode, lines: [line] });
  }
  return parts;
}

/** Of the words behind a fence only the first counts, as the name of a language. */
function codeText(lines: readonly MarkdownLine[]): string {
  return lines
    .map(({ kind, text }) =>
      kind === 'fence' ? text.replace(/(`{3,}|~{3,})\s*([\w+#.-]{0,20}).*$/, '$1$2') : text,
    )
    .join('\n');
}

/** Between characters that nobody's text has, because they are taken out of it first. */
const SPAN = /(?<!`)(`+)(?!`)([^`\n]+)\1(?!`)/g;

/** What stands between back quotes on one line is shown as it is; where one of them has no other, nothing is taken for code. */
function renderedText(text: string): string {
  const spans: string[] = [];
  const paragraphs = text.split(/(\n[ \t]*\n)/).map((paragraph) => {
    const isSure = !paragraph.replace(SPAN, '').includes('`');
    return isSure ? paragraph.replace(SPAN, (span) => `\ue000${spans.push(span) - 1}\ue001`) : paragraph;
  });
  const seen = untaggedText(linkText(paragraphs.join('')));
  const restored = seen.split(/\ue000(\d+)\ue001/).map((part, i) => {
    return i % 2 === 1 ? (spans[Number(part)] ?? '') : withoutEntities(part);
  });
  return restored.join('');
}

/** Nobody scrolls past a thousand empty lines, or to the right for ever, to see what stands there. */
function tidy(text: string): string {
  return text
    .replace(/[^\S\n]{20,}/g, ' '.repeat(4))
    .replace(/[^\S\n]+$/gm, '')
    .replace(/\n{4,}/g, '\n\n\n')
    .trim();
}

const CUT = '\n[cut here]';

function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  return `${text.slice(0, characters - CUT.length).replace(/[\ud800-\udbff]$/, '')}${CUT}`;
}
