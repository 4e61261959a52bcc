import { stepsOfMatch } from './pattern-cost.js';

/** What is matched at once, beside the requests. */
const FEW = 250_000;

describe('the cost of a pattern', () => {
  it.each([
    ['^INV-\\d+$', 10_000],
    ['^A', 100_000],
    ['foo', 10_000],
    ['^[A-Z]{2,3}\\d{4,8}$', 1000],
    ['^a|^b', 1000],
    ['colou?r', 1000],
    ['\\d+ hours', 100],
    ['[^\\]a-z]+\\.$', 100],
    ['.*', 300],
    ['^.{30}$', 1000],
    ['', 1000],
  ])('is small for %j', (pattern, length) => {
    expect(new RegExp(pattern, 'u')).toBeInstanceOf(RegExp);
    expect(stepsOfMatch(pattern, length)).toBeLessThan(FEW);
  });

  it.each([
    `^${'[a-z]?'.repeat(27)}!$`,
    `^${'a??'.repeat(27)}!$`,
    `^${'a{0,1}'.repeat(27)}!$`,
    `^${'\\w{1,2}'.repeat(27)}!$`,
    '^a{0,30}a{0,30}a{0,30}a{0,30}b',
    '.*x.*y.*z',
    '^a*a+a{2,}a{1,}b',
    `x|^${'a?'.repeat(27)}!$`,
    '(a)',
    '(?:a|a)*b',
    '(?=a)b',
    '(?<!a)b',
    '^(a?)(\\1)$',
    `^${'\\u{61}?'.repeat(27)}!$`,
    `^${'\\p{L}?'.repeat(27)}!$`,
    `^${'[\\p{L}]?'.repeat(27)}!$`,
  ])('is large, or not known, for %j', (pattern) => {
    expect(new RegExp(pattern, 'u')).toBeInstanceOf(RegExp);
    expect(stepsOfMatch(pattern, 30)).toBeGreaterThan(FEW);
  });

  it('grows with the square of the text where a repetition may begin anywhere', () => {
    expect(stepsOfMatch('\\d+', 100)).toBeLessThan(FEW);
    expect(stepsOfMatch('\\d+', 10_000)).toBeGreaterThan(FEW);
    expect(stepsOfMatch('^\\d+', 10_000)).toBeLessThan(FEW);
  });
});
