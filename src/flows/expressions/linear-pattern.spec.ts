import fc from 'fast-check';
import { cases } from '../../../test/support/properties.js';
import { takesLessThan } from '../../../test/support/takes-less-than.js';
import { compilePattern, LinearRegExp, stepsOfMatch } from './linear-pattern.js';

const isFound = (pattern: string, text: string): boolean => compilePattern(pattern, '').matcher(text).find();

describe('a pattern', () => {
  it.each([
    ['^(\\w+\\s?)*$', `${Array(2000).fill('x'.repeat(35)).join(' ')}!`],
    ['^(a+)+$', `${'a'.repeat(50_000)}!`],
    ['(a|a)*b', 'a'.repeat(50_000)],
    ['(.*)*x', 'y'.repeat(50_000)],
    [`^${'[a-z]?'.repeat(30)}!$`, 'a'.repeat(50_000)],
    ['(?:a|aa)+$', `${'a'.repeat(50_000)}!`],
    ['([a-zA-Z0-9]+\\.?)+@x', 'a'.repeat(50_000)],
  ])('takes time that grows with the text and not with the ways to read it: %s', async (pattern, text) => {
    await takesLessThan(5000, async () => expect(isFound(pattern, text)).toBe(false));
  });

  it.each([
    ['looks ahead', 'a(?=b)', 'linear time'],
    ['looks ahead for what must not be', 'a(?!b)', 'linear time'],
    ['looks behind', '(?<=a)b', 'linear time'],
    ['looks back at a group', '(a)\\1', 'linear time'],
    ['is none', '(', 'linear time'],
    ['repeats what it repeats', '((a{1,30}){1,30}){1,30}', 'linear time'],
    ['repeats a lot', '.{1,1000}'.repeat(40), 'too much too often'],
    ['repeats something long', `(${'ab'.repeat(200)}){1000}`, 'too much too often'],
    ['is very large', '\\d'.repeat(2001), 'too large'],
  ])('is refused where it %s', async (_what, pattern, reason) => {
    await takesLessThan(1000, async () => expect(() => compilePattern(pattern, '')).toThrow(reason));
  });

  it.each([
    ['^INV-\\d+$', 'INV-2026', true],
    ['^A', 'bA', false],
    ['^[A-Z]{2,3}\\d{4,8}$', 'AB12345', true],
    ['colou?r|grey', 'a grey one', true],
    ['^.{30}$', 'x'.repeat(30), true],
    ['^\\p{L}+$', 'Größe', true],
    ['\\u00e9|\\u{1F600}', 'caf\u00e9', true],
    ['(?<year>\\d{4})\\/\\d\\d', '2026/11', true],
    ['a$', 'a\n', false],
    ['\\bvip\\b', 'a vip.', true],
  ])('%j means in %j what it means elsewhere', (pattern, text, is) => {
    expect(isFound(pattern, text)).toBe(is);
    expect(new RegExp(pattern, 'u').test(text)).toBe(is);
  });

  it('takes steps by its size and the length of the text', () => {
    const pattern = compilePattern('^a+b', '');
    expect(stepsOfMatch(pattern, 1000)).toBeGreaterThan(1000);
    expect(stepsOfMatch(pattern, 2001)).toBe(2 * stepsOfMatch(pattern, 1000));
  });
});

describe('a pattern in JSONata', () => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '.', '\\w', '(a|b)', '(b)?', 'a*', 'b+', 'a{1,2}', '^', '$');
  const pattern = fc.array(atom, { minLength: 1, maxLength: 5 }).map((atoms) => atoms.join(''));

  it('finds what a RegExp finds, one match after the other', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 }),
        (source, text) => {
          const [linear, native] = [new LinearRegExp({ source, flags: 'g' }), new RegExp(source, 'g')];
          for (let n = 0; n < 10; n++) {
            const [found, expected] = [linear.exec(text), native.exec(text)];
            expect(found && [found.index, ...Array.from(found)]).toEqual(
              expected && [expected.index, ...Array.from(expected)],
            );
            expect(linear.lastIndex).toBe(native.lastIndex);
            if (!expected || expected[0] === '') return;
          }
        },
      ),
      cases(2000),
    );
  });

  it('honours its flags', () => {
    expect(new LinearRegExp(/vip/gi).exec('a ViP')).toMatchObject({ index: 2, 0: 'ViP' });
    expect(new LinearRegExp(/^b/gm).exec('a\nb')?.index).toBe(2);
  });
});
