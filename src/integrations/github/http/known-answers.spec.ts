import fc from 'fast-check';
import { cases } from '../../../../test/support/properties.js';
import { KnownAnswers } from './known-answers.js';

const answer = (length: number) => ({ etag: `"${length}"`, text: 'x'.repeat(length), link: undefined });

describe('what is known of GitHub', () => {
  it('is given to the credential that had it, and to no other', () => {
    const known = new KnownAnswers();
    known.keep('token', '/user', answer(3));
    expect([known.of('token', '/user')?.text, known.of('installation 1', '/user')]).toEqual([
      'xxx',
      undefined,
    ]);
  });

  it('stays within four million characters, keeps what was used last, and no giant', () => {
    const kept = fc.array(fc.record({ url: fc.nat(30), length: fc.integer({ min: 0, max: 700_000 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(kept, (all) => {
        const known = new KnownAnswers();
        for (const { url, length } of all) known.keep('token', String(url), answer(length));
        const held = Array.from({ length: 31 }, (_, url) => known.of('token', String(url))?.text.length ?? 0);
        expect(held.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(4 * 1024 * 1024);
        const last = all.at(-1);
        expect(known.of('token', String(last?.url)) === undefined).toBe((last?.length ?? 0) > 512 * 1024);
      }),
      cases(),
    );
  });
});
