import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** The documents that people read: README.md and all of docs/ and the chart. */
export function documents(): string[] {
  const found = ['docs', 'helm', 'k8s'].flatMap((folder) => {
    try {
      return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        join(folder, path),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
  return ['README.md', ...found.filter((path) => path.endsWith('.md')).sort()];
}

export const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export interface Fence {
  /** First word after the back-ticks: what GitHub highlights by. */
  language: string;
  /** The words after it, for us. */
  words: string[];
  text: string;
  /** Where its text begins in the document. */
  line: number;
}

/** The fenced blocks of a document, those inside of lists too. */
export function fences(markdown: string): Fence[] {
  const found: Fence[] = [];
  let open: { fence: Fence; marks: string; indent: number } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, space = '', marks, info = ''] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open) {
      if (marks === open.marks && info.trim() === '') {
        found.push(open.fence);
        open = undefined;
      } else
        open.fence.text += `${line.slice(Math.min(open.indent, line.length - line.trimStart().length))}\n`;
    } else if (marks !== undefined) {
      const [language = '', ...words] = info.trim().split(/\s+/);
      open = { fence: { language, words, text: '', line: index + 2 }, marks, indent: space.length };
    }
  }
  if (open) throw new Error(`The block in line ${open.fence.line} is not closed`);
  return found;
}

/** The document without its fenced blocks and code spans, where a link is not a link. */
function prose(markdown: string): string {
  return markdown
    .replace(/^(\s*)(`{3,})[^`]*\n[\s\S]*?^\s*\2\s*$/gm, '')
    .replace(/`[^`\n]*`/g, (code) => '`'.repeat(code.length));
}

/** As GitHub names the places of a page: lower case, without punctuation, hyphens for spaces, numbered where repeated. */
export function anchors(markdown: string): Set<string> {
  const names = new Set<string>();
  const withoutBlocks = markdown.replace(/^(\s*)(`{3,})[^`]*\n[\s\S]*?^\s*\2\s*$/gm, '');
  for (const [, title = ''] of withoutBlocks.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const name = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let unique = name;
    for (let again = 1; names.has(unique); again += 1) unique = `${name}-${again}`;
    names.add(unique);
  }
  for (const [, id = ''] of withoutBlocks.matchAll(/<a (?:id|name)="([^"]+)"/g)) names.add(id);
  return names;
}

/** What is wrong with the links of a document to files of this repository and to places in them. */
export function brokenLinks(
  path: string,
  markdown: string,
  read: (path: string) => string | undefined,
): string[] {
  const targets = [
    ...prose(markdown).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g),
    ...prose(markdown).matchAll(/^\[[^\]]+\]: +(\S+)/gm),
  ].map((match) => match[1] ?? '');
  return targets.flatMap((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const [file = '', place] = target.split('#', 2);
    const full = file === '' ? path : relative('.', join(dirname(path), decodeURIComponent(file)));
    const text = file === '' ? markdown : read(full);
    if (text === undefined) return [`${path}: ${target}: there is no ${full}`];
    if (place !== undefined && !anchors(text).has(decodeURIComponent(place)))
      return [`${path}: ${target}: no such place`];
    return [];
  });
}
