import { createHmac } from 'node:crypto';
import { isSignedByOne } from './secret-match.js';

const BODY = Buffer.from('{"id":1}');

describe('a signature', () => {
  it.each([
    ['sha1', 'hex'],
    ['sha256', 'hex'],
    ['sha512', 'hex'],
    ['sha1', 'base64'],
    ['sha256', 'base64'],
    ['sha512', 'base64'],
  ] as const)('by %s as %s is right to the last character and no further', (algorithm, encoding) => {
    const signature = createHmac(algorithm, 'right').update(BODY).digest(encoding);
    const isRight = (text: string): boolean =>
      isSignedByOne(['wrong', 'right'], text, { algorithm, encoding, bytes: [BODY] });
    const inCapitals = encoding === 'hex' ? signature.toUpperCase() : signature;
    expect([signature, signature.replace(/=+$/, ''), inCapitals].map(isRight)).toEqual([true, true, true]);
    for (const wrong of ['', signature.slice(0, -4), `${signature}zz`, `${signature}==zz`, ` ${signature}`])
      expect([wrong, isRight(wrong)]).toEqual([wrong, false]);
  });
});
