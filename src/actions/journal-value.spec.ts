import { createRedactor } from '../observability/redaction.js';
import { journalValue } from './journal-value.js';

const redact = createRedactor(['a-configured-secret']);
const LIMITS = { characters: 100, items: 10, depth: 5, values: 50 };
const kept = (value: unknown): string => JSON.stringify(journalValue(value, LIMITS, redact));

describe('a value in the journal', () => {
  it.each([
    ['a configured secret', 'a-configured-secret'],
    ['a bearer token', `Bearer ${'s3cret'.repeat(20)}`],
    ['a JWT', `eyJhbGciOiJSUzI1NiJ9.${'s3cret'.repeat(100)}.c2ln`],
    ['a key in a query', `client_secret=${'s3cret'.repeat(20)}`],
  ])('hides %s that its end cuts through, at every place', (_what, secret) => {
    for (let before = 0; before < LIMITS.characters; before++) {
      const text = `${' '.repeat(before)}${secret} and more ${'x'.repeat(200)}`;
      expect(kept({ note: text })).not.toMatch(/s3cret|a-configured|configured-s/);
    }
  });

  it('says how much of a long text is left out', () => {
    expect(kept('x'.repeat(250))).toBe(JSON.stringify(`${'x'.repeat(100)}… 150 more characters`));
  });

  it('hides fields by the names of credentials, however they are spelt', () => {
    const secrets = {
      pwd: 'x1',
      accessKey: 'x2',
      id_token: 'x3',
      'DD-APPLICATION-KEY': 'x4',
      passphrase: 'x5',
    };
    expect(kept(secrets)).not.toMatch(/x\d/);
  });
});
