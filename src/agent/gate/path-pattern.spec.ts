import fc from 'fast-check';
import { cases } from '../../../test/support/properties.js';
import { matchesPattern } from './path-pattern.js';

describe('a pattern for paths', () => {
  it.each([
    ['*.log', 'a.log'],
    ['*.log', 'deep/down/a.log'],
    ['dist', 'dist/main.js'],
    ['dist/', 'packages/a/dist/main.js'],
    ['/dist', 'dist/main.js'],
    ['node_modules/**', 'node_modules/a/b.js'],
    ['docs/*.md', 'docs/index.md'],
    ['docs/**/x.md', 'docs/x.md'],
    ['docs/**/x.md', 'docs/a/b/x.md'],
    ['**/secret', 'secret'],
    ['a?c', 'x/abc'],
    ['src/[x].ts', 'src/[x].ts'],
    ['a.b', 'a.b'],
  ])('%s means %s', (pattern, path) => {
    expect(matchesPattern(path, pattern)).toBe(true);
  });

  it.each([
    ['*.log', 'a.logs'],
    ['/dist', 'packages/dist/main.js'],
    ['docs/*.md', 'docs/a/index.md'],
    ['docs/*.md', 'other/docs/index.md'],
    ['a?c', 'ac'],
    ['a.b', 'axb'],
    ['src/[x].ts', 'src/x.ts'],
    ['', 'a'],
    [' / ', 'a'],
  ])('%s does not mean %s', (pattern, path) => {
    expect(matchesPattern(path, pattern)).toBe(false);
  });

  const part = fc.stringMatching(/^[a-c]{1,3}$/);
  const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
  const pattern = fc
    .array(fc.oneof(fc.constant('**'), fc.stringMatching(/^[a-c*?]{1,3}$/)), { minLength: 2, maxLength: 4 })
    .map((parts) => parts.join('/'))
    .filter((text) => !text.includes('***'));

  it('with a slash means what the regular expression of the same meaning does', () => {
    const expression = (text: string): RegExp =>
      new RegExp(
        `^${text
          .split('/')
          .map((name) =>
            name === '**' ? '(?:[^/]+/)*' : `${name.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}/`,
          )
          .join('')}(?:[^/]+/)*$`,
      );
    fc.assert(
      fc.property(path, pattern, (some, wanted) => {
        expect(matchesPattern(some, wanted)).toBe(expression(wanted).test(`${some}/`));
      }),
      cases(500),
    );
  });

  it('comes to an end however it is written', () => {
    expect(matchesPattern('a'.repeat(255), `${'*a'.repeat(60)}b`)).toBe(false);
    expect(matchesPattern('a/'.repeat(2000) + 'a', `${'**/'.repeat(20)}b`)).toBe(false);
  });
});
