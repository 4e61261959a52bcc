import { jsonLength } from './json-length.js';

describe('the length of a value in JSON', () => {
  it.each([
    { a: 'x'.repeat(1000) },
    Array(500).fill(1),
    { a: { b: ['c'.repeat(300)] } },
    'x'.repeat(77),
    null,
  ])('is told without writing it', (value) => {
    const [told, real] = [jsonLength(value, 100_000), JSON.stringify(value).length];
    expect(told).toBeGreaterThan(real / 2 - 5);
    expect(told).toBeLessThan(real * 4 + 5);
  });

  it('is told of what no text could hold', () => {
    const payload = { text: 'x'.repeat(5_000_000) };
    const often = Array.from({ length: 1000 }, () => payload);
    expect(jsonLength(often, 16_000_000)).toBeGreaterThan(16_000_000);
    expect(jsonLength(payload, 16_000_000)).toBeLessThan(5_000_100);
  });

  it('is told of a value of any depth', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(jsonLength(deep, 1_000_000)).toBeGreaterThan(100_000);
  });
});
