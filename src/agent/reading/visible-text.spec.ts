import fc from 'fast-check';
import { cases } from '../../../test/support/properties.js';
import { BODY_LIMITS, visibleText, visibleTitle } from './visible-text.js';

const seen = (text: string): string => visibleText(text, BODY_LIMITS);
const H = 'HIDDEN';

describe('the text that a person sees', () => {
  it.each([
    ['a comment', `a <!-- ${H} --> b`],
    ['a comment over lines', `a\n<!--\n${H}\n-->\nb`],
    ['a comment that is never closed', `a b\n\n<!-- ${H}\n\n${H}`],
    ['a comment with a fence in it', `a\n<!--\n\`\`\`\n${H}\n\`\`\`\n-->\nb`],
    ['a comment with a quote before it', `a \`b <!-- \`${H}\` --> b`],
    ['a comment in a list', `- a\n- <!-- ${H} --> b`],
    ['a comment in code', `\`\`\`html\n<!-- ${H} -->\n\`\`\`\nb`],
    ['a comment behind a fence that HTML hides', `<div>\n\`\`\`\n<img alt="${H}">\n\`\`\`\n</div>\n\nb`],
    ['an alternative text', `a ![${H}](https://x.example/y.png) b`],
    ['an alternative text with brackets', `a ![x [${H}] ${H}](y.png) b`],
    ['an alternative text by reference', `a ![${H}][y] b`],
    ['an alternative text by name', `a ![${H}] b`],
    ['a long alternative text', `a ![${H}${'x'.repeat(5000)}${H}](y.png) b\n\nb`],
    ['an alternative text with a quote', `a <img alt="x > ${H}" src=y> b`],
    ['an alternative text with an angle', `a <img alt="x < ${H}" src=y> b`],
    ['an alternative text without quotes', `a <img alt=${H}> b`],
    ['an alternative text over lines', `a <img\nalt='${H}\n${H}'\n> b`],
    ['a tag that is never closed', `a b <img alt="${H}`],
    ['a title of a link', `a [b](https://x.example "${H}") b`],
    ['a title with a bracket', `a [b](https://x.example "x) ${H}") b`],
    ['a long title of a link', `a [b](https://x.example "${H}${'x'.repeat(5000)}") b\n\nb`],
    ['a query of a link', `a [b](https://x.example/?q=${H}#${H}) b`],
    ['a script for an address', `a [b](javascript:${H}) b`],
    ['a definition', `a [b] b\n\n[b]: https://x.example "${H}"`],
    ['a definition over lines', `a [b] b\n\n[b]: https://x.example\n  "${H}"`],
    ['a definition that is a comment', `a b\n\n[//]: # (${H})`],
    ['a picture in a link', `a [![${H}](x.png)](https://x.example) b`],
    ['an attribute', `a <a href="x" title="${H}">b</a>`],
    ['a data attribute', `a <div data-x="${H}" aria-label="${H}">b</div>`],
    ['a style sheet', `a <style>${H}</style> b`],
    ['a script', `a <script>${H}</script> b`],
    ['a picture of paths', `a <svg><text>${H}</text></svg> b`],
    ['an element that is never closed', `a b <template>${H}`],
    ['a folded part', `a <details><summary>b</summary>\n\n${H}\n\n</details> b`],
    ['a folded part without a summary', `a <details>${H}</details> b`],
    ['a folded part with an odd attribute', `a <details title="open > x">${H}</details> b`],
    ['a folded part that is never closed', `a b\n<details>\n${H}`],
    ['a folded part in one that is open', `a <details open>b<details>${H}</details></details>`],
    ['an open part in one that is folded', `a b <details><details open>${H}</details></details>`],
    ['code in a folded part', `a b\n<details>\n\n\`${H}\`\n\n</details>`],
    ['a processing instruction', `a <?xml ${H}?> b`],
    ['a declaration', `a <!DOCTYPE ${H}> b`],
    ['character data', `a <![CDATA[${H}]]> b`],
    ['words behind a fence', `a\n\`\`\`js ${H}\nb\n\`\`\``],
  ])('has nothing of %s', (_what, text) => {
    expect(seen(text)).not.toContain(H);
    expect(seen(text)).toMatch(/\bb\b/);
  });

  it.each([
    ['zero width', '\u200b\u200c\u200d\u2060\ufeff'],
    ['directions', '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c'],
    ['tags', '\u{e0001}\u{e0061}\u{e007f}'],
    ['variants', '\ufe00\ufe0e\u{e0100}\u{e01ef}'],
    ['fillers', '\u3164\u115f\u1160\uffa0\u2800\u034f\u180e\u00ad'],
    ['controls', '\u0000\u0007\u001b\u007f\u009b'],
    ['private use', '\ue000\u{f0000}'],
    ['entities of these', '&#8203;&#x202e;&zwj;&ZeroWidthSpace;&#xE0041;'],
  ])('has no %s', (_what, characters) => {
    expect(seen(`a${characters}b`)).toBe('ab');
    expect(visibleTitle(`a${characters.startsWith('&') ? '' : characters}b`)).toBe('ab');
  });

  it('has no more than four marks on a letter', () => {
    expect(seen(`a${'\u0301'.repeat(50)}`)).toBe(`a${'\u0301'.repeat(4)}`);
  });

  it.each([
    ['prose', 'The page does not load: 1 < 2 and 3 > 2, & so on.'],
    ['a list', '- one\n- two\n  1. three'],
    ['code', '```ts\nconst a: Array<string> = <T,>(x: T) => x;\n<img alt="x">\n```'],
    ['code of tildes', '~~~\n<b title="x">\n~~~'],
    ['code between back quotes', 'Use `<div title="x">` and `&lt;` here'],
    ['the end of a comment between back quotes', 'it ends at `-->` as it says'],
    ['emoji', 'works 👍 ❤️'],
    ['other languages', 'Übergröße 日本語 العربية हिन्दी'],
    ['a check list', '- [ ] one\n- [x] two'],
    ['an index', 'a[0] = b[1]'],
  ])('has %s as it stands', (_what, text) => {
    expect(seen(text)).toBe(text);
  });

  it.each([
    ['[the page](https://x.example/a/b?c=d#e)', 'the page (https://x.example/a/b)'],
    ['<https://x.example/a?b=c>', 'https://x.example/a?b=c>'],
    ['[https://x.example/a](https://x.example/a)', 'https://x.example/a'],
    ['a<br>b', 'a\nb'],
    ['**a** <b>b</b> <kbd>c</kbd>', '**a** b c'],
    ['&lt;!-- seen --&gt; &amp; &eacute;', '<!-- seen --> & &eacute;'],
    ['![a](b.png)', '[image]'],
    ['Use `` a ` <b> `` here', 'Use `` a `  `` here'],
    ['a\r\nb\rc', 'a\nb\nc'],
    [`a${'\n'.repeat(500)}b`, 'a\n\n\nb'],
    [`a${' '.repeat(500)}b`, 'a    b'],
    ['<details><summary>Log</summary>\nx\n</details>\n\nb', '[folded text left out] Log\n\n\nb'],
    ['<details open><summary>Log</summary>x</details>', 'Log\nx'],
  ])('reads %j as %j', (text, expected) => {
    expect(seen(text).replace(/ +\n/g, '\n').trim()).toBe(expected.replace(/ +\n/g, '\n'));
  });

  it('is cut where it is too long, and says so', () => {
    const cut = visibleText('x'.repeat(100), { characters: 50 });
    expect([cut.length, cut.endsWith('\n[cut here]')]).toEqual([50, true]);
    expect(visibleText('👍'.repeat(100), { characters: 50 }).isWellFormed()).toBe(true);
  });

  it('of a title is all of it, on one line', () => {
    expect(visibleTitle('Array<string> fails\n<!-- seen -->')).toBe('Array<string> fails <!-- seen -->');
    expect(visibleTitle('x'.repeat(300))).toHaveLength(256);
  });

  const piece = fc.oneof(
    fc.constantFrom(
      '<!--',
      '-->',
      '`',
      '```',
      '\n',
      '\n\n',
      '<details>',
      '</details>',
      '<summary>',
      '</summary>',
      '<img alt="',
      '">',
      '![',
      '](',
      ')',
      '[',
      ']: ',
      '<script>',
      '</script>',
      '&#8203;',
      '\u202e',
      '> ',
      '- ',
      '<',
      "='",
    ),
    fc.string({ maxLength: 8, unit: 'binary' }),
  );
  const soup = fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(''));

  it('is well formed, within its limit and without what has no width, whatever the text is', () => {
    fc.assert(
      fc.property(soup, (text) => {
        const result = visibleText(text, { characters: 200 });
        expect(result.length).toBeLessThanOrEqual(200);
        expect(result).not.toMatch(/[^\P{Cc}\n\t]|[\p{Cf}\p{Co}\p{Cs}]/u);
        expect(result).toBe(result.trim());
      }),
      cases(500),
    );
  });

  it('never has what stands in a comment, whatever is around it', () => {
    fc.assert(
      fc.property(soup, soup, (before, behind) => {
        expect(seen(`${before}\n\n<!-- ${H} -->\n\n${behind}`)).not.toContain(H);
      }),
      cases(500),
    );
  });

  it.each([
    '<',
    '[',
    '![',
    '<a ',
    '<!--',
    '`',
    '<details>',
    '[a](',
    '<a x="',
    '&#',
    '\n\n<a',
    '[[',
    '(',
    '\\',
    '> ',
  ])('comes to an end of %j repeated to the limit', (text) => {
    expect(seen(text.repeat(70_000 / text.length)).length).toBeLessThanOrEqual(30_000);
  });
});
