import { parseOwnSources } from './own-source.definition.js';

const mistakeOf = (value: unknown): string => {
  const parsed = parseOwnSources(typeof value === 'string' ? value : JSON.stringify(value));
  return 'mistake' in parsed ? parsed.mistake : 'none';
};
const SECRET = 'a-secret-of-eight';
const HMAC = { kind: 'hmac', secrets: [SECRET], header: 'X' };

describe('WEBHOOK_SOURCES', () => {
  it('fills in what is left out and takes header names in any case', () => {
    expect(parseOwnSources(`{"shop":{"kind":"hmac","secrets":["${SECRET}"],"header":"X-Sig"}}`)).toEqual({
      value: [
        {
          name: 'shop',
          kind: 'hmac',
          secrets: [SECRET],
          header: 'x-sig',
          prefix: '',
          form: { algorithm: 'sha256', encoding: 'hex' },
          signed: [{ body: true }],
          toleranceSeconds: 300,
        },
      ],
    });
  });

  it.each([
    ['not JSON', 'nonsense', 'must be JSON'],
    ['a list', [], 'must be a JSON object'],
    [
      'a name that is taken',
      { github: { kind: 'secret', secrets: [SECRET], header: 'X' } },
      'the name is taken',
    ],
    ['a name with a slash', { 'a/b': {} }, 'the name must be'],
    ['no secrets', { a: { kind: 'secret', secrets: [], header: 'X' } }, 'secrets must be'],
    ['a short secret', { a: { kind: 'secret', secrets: ['short'], header: 'X' } }, 'secrets must be'],
    ['an unknown kind', { a: { kind: 'none', secrets: [SECRET], header: 'X' } }, 'kind must be'],
    ['no header', { a: { kind: 'secret', secrets: [SECRET] } }, 'header must be'],
    [
      'a typing error',
      { a: { kind: 'secret', secrets: [SECRET], header: 'X', hedaer: 'Y' } },
      'source a: its key 4 is not known',
    ],
    [
      'an unknown algorithm',
      { a: { kind: 'hmac', secrets: [SECRET], header: 'X', algorithm: 'md5' } },
      'algorithm must',
    ],
    ['signs without the body', { a: { ...HMAC, signs: '{X-Time}' } }, 'signs must have {body} once'],
    ['signs with two bodies', { a: { ...HMAC, signs: '{body}{body}' } }, 'signs must have {body} once'],
    ['signs with no header', { a: { ...HMAC, signs: '{X Time}.{body}' } }, 'names of headers'],
    ['a time that is not signed', { a: { ...HMAC, timeHeader: 'X-Time' } }, 'timeHeader must be in signs'],
    [
      'a time of a secret, which signs nothing',
      { a: { ...HMAC, kind: 'secret', signs: '{X-Time}{body}', timeHeader: 'X-Time' } },
      'signs is for kind hmac',
    ],
    ['a tolerance of nothing', { a: { ...HMAC, toleranceSeconds: 0 } }, 'toleranceSeconds must be'],
  ])('refuses %s with a sentence that does not quote a secret', (_what, value, expected) => {
    expect(mistakeOf(value)).toContain(expected);
    expect(mistakeOf(value)).not.toContain(SECRET);
  });
});
