import { statSync } from 'node:fs';
import { join } from 'node:path';
import { anchors, brokenLinks, documents, readDocument, ROOT } from '../support/markdown.js';

/** The text of a file; '' for a folder; undefined where nothing is. */
function target(path: string): string | undefined {
  const found = statSync(join(ROOT, path), { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isDirectory() ? '' : readDocument(path);
}

describe('the links of the documents', () => {
  it.each(documents())('%s links only to files and places that exist', (path) => {
    expect(brokenLinks(path, readDocument(path), target)).toEqual([]);
  });

  it('every document in docs/ is reached from the README, directly or by way of others', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const [, link = ''] of readDocument(path).matchAll(/\]\(([^)#\s]+\.md)[^)]*\)/g)) {
        if (!link.includes(':')) reached.add(join(path, '..', link));
      }
    }
    const inDecisions = (path: string): boolean => path.startsWith('docs/decisions/'); // The folder is linked.
    expect(
      documents().filter((path) => path.startsWith('docs/') && !inDecisions(path) && !reached.has(path)),
    ).toEqual([]);
  });

  it('a link to a file or a place that is not there is found', () => {
    const files: Record<string, string> = {
      'docs/b.md': '# Title one\n\n## `code` & more\n\n## Title one\n',
    };
    const check = (link: string): string[] =>
      brokenLinks('docs/a.md', `See [x](${link}).`, (path) => files[path]);
    expect(check('b.md')).toEqual([]);
    expect(check('b.md#code--more')).toEqual([]);
    expect(check('b.md#title-one-1')).toEqual([]);
    expect(check('https://example.com/missing')).toEqual([]);
    expect(check('c.md')).toEqual(['docs/a.md: c.md: there is no docs/c.md']);
    expect(check('b.md#title-two')).toEqual(['docs/a.md: b.md#title-two: no such place']);
    expect(check('#here')).toEqual(['docs/a.md: #here: no such place']);
  });

  it('titles inside of fenced blocks are no places', () => {
    expect([...anchors('# One\n\n```bash\n# not a title\n```\n')]).toEqual(['one']);
  });
});
