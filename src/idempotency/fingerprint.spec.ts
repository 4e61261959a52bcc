import fc from 'fast-check';
import { fingerprintOf } from './fingerprint.js';
import { cases } from '../../test/support/properties.js';

function shuffled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, shuffled(inner)]),
  );
}

describe('the fingerprint of a request', () => {
  it('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fingerprintOf(shuffled(value))).toBe(fingerprintOf(value));
      }),
      cases(),
    );
  });

  it('differs wherever the requests do', () => {
    const requests = [
      {},
      [],
      { a: 1 },
      { a: '1' },
      { a: [1] },
      [['a', 1]],
      { a: { b: 1 } },
      { a: null },
      { b: 1 },
      [1, 2],
      [2, 1],
    ];
    expect(new Set(requests.map(fingerprintOf)).size).toBe(requests.length);
  });
});
