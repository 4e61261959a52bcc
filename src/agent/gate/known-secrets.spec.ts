import fc from 'fast-check';
import { cases } from '../../../test/support/properties.js';
import { KnownSecrets } from './known-secrets.js';

const SECRET = 'q7Zt/9+Lw_xR-2mVh8KdPqB4';
const own = new KnownSecrets([SECRET, 'kurz', '']);
const bytes = Buffer.from(SECRET);
const hex = bytes.toString('hex');

const WAYS: Record<string, (secret: Buffer) => string> = {
  'as it is': (secret) => String(secret),
  'in base64': (secret) => secret.toString('base64'),
  'in base64 for URLs': (secret) => secret.toString('base64url'),
  'in base64 behind one byte': (secret) => Buffer.concat([Buffer.from('x'), secret]).toString('base64'),
  'in base64 between others': (secret) =>
    Buffer.concat([Buffer.from('xy'), secret, Buffer.from('tail')]).toString('base64'),
  'in hexadecimal': (secret) => secret.toString('hex'),
  'in capital hexadecimal': (secret) => secret.toString('hex').toUpperCase(),
  'in hexadecimal with colons': (secret) => (secret.toString('hex').match(/../g) ?? []).join(':'),
  'in bytes of C': (secret) =>
    (secret.toString('hex').match(/../g) ?? []).map((byte) => `0x${byte}`).join(', '),
  'in escapes of a string': (secret) =>
    (secret.toString('hex').match(/../g) ?? []).map((byte) => `\\x${byte}`).join(''),
  'for a URL': (secret) => encodeURIComponent(String(secret)),
  'for a URL, every byte': (secret) =>
    (secret.toString('hex').match(/../g) ?? []).map((byte) => `%${byte}`).join(''),
  'for a URL, twice': (secret) =>
    encodeURIComponent((secret.toString('hex').match(/../g) ?? []).map((byte) => `%${byte}`).join('')),
  'in JSON': (secret) => JSON.stringify(String(secret)).replaceAll('/', '\\/'),
  'in JSON, every character': (secret) =>
    [...String(secret)].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'in HTML': (secret) => [...String(secret)].map((c) => `&#${c.charCodeAt(0)};`).join(''),
  'over lines': (secret) => String(secret).replaceAll(/(.{5})/g, '$1\n'),
  'with spaces': (secret) => [...String(secret)].join(' '),
  'with what cannot be seen': (secret) => [...String(secret)].join('\u200b'),
  'in base64 over lines': (secret) => secret.toString('base64').replaceAll(/(.{6})/g, '$1\r\n  '),
  backwards: (secret) => [...String(secret)].toReversed().join(''),
  'in base64 twice': (secret) => Buffer.from(secret.toString('base64')).toString('base64'),
  'in base64 of hexadecimal': (secret) => Buffer.from(secret.toString('hex')).toString('base64'),
  'in hexadecimal of base64': (secret) => Buffer.from(secret.toString('base64')).toString('hex'),
};

describe('our own secrets', () => {
  it.each(Object.keys(WAYS))('are found %s', (way) => {
    expect(own.isIn(`The value is ${WAYS[way]?.(bytes)} as you see.`)).toBe(true);
  });

  it('are found, in all of these ways, whatever they are and wherever they stand', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9+/_-]{16,48}$/);
    const around = fc.string({ maxLength: 30 });
    fc.assert(
      fc.property(
        secret,
        around,
        around,
        fc.constantFrom(...Object.keys(WAYS)),
        (value, before, behind, way) => {
          const text = `${before} "${WAYS[way]?.(Buffer.from(value))}" ${behind}`;
          expect({ way, found: new KnownSecrets([value]).isIn(text) }).toEqual({ way, found: true });
        },
      ),
      cases(600),
    );
  });

  it.each([
    ['its first characters', SECRET.slice(6)],
    ['its last characters', SECRET.slice(0, -6)],
    ['a bit at both ends', SECRET.slice(4, -4)],
  ])('are found without %s, also in base64', (_what, part) => {
    expect([
      own.isIn(part),
      own.isIn(Buffer.from(part).toString('base64')),
      own.isIn(Buffer.from(part).toString('hex')),
    ]).toEqual([true, true, true]);
  });

  it.each([
    ['a few characters of one', SECRET.slice(0, 7)],
    ['half of one', SECRET.slice(0, 11)],
    ['one that is too short to be one', 'kurz'],
    ['nothing', ''],
    ['ordinary text', 'Call the parser with the text and look at what it answers. '.repeat(50)],
    ['ordinary hexadecimal', '6dcb09b5b57875f334f61aebed695e2e4193db5e '.repeat(50)],
  ])('are not found in %s', (_what, text) => {
    expect(own.isIn(text)).toBe(false);
  });

  it('are not found in texts that do not have them', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2000 }), (text) => {
        expect(own.isIn(text)).toBe(false);
      }),
      cases(300),
    );
  });

  it('are looked for in large texts, many at once', () => {
    const many = new KnownSecrets(Array.from({ length: 20 }, (_, i) => `${hex.slice(i)}${i}`));
    expect(many.isIn('lorem ipsum dolor sit amet, %41 \\u0041 '.repeat(25_000))).toBe(false);
  });
});
