import { createHash } from 'node:crypto';
import { digestOf, newSecret, parseConfiguredKey, secretPartOf } from './api-key.js';

const SHA256 = createHash('sha256').update('a secret of mine').digest('hex');

describe('an entry of API_KEYS', () => {
  it.each([
    ['a secret', 'ci:viewer:a secret of mine'],
    ['its SHA-256', `ci:viewer:${SHA256}`],
    ['its SHA-256 in capitals', `ci:viewer:${SHA256.toUpperCase()}`],
    ['its SHA-256, marked', `ci:viewer:sha256:${SHA256}`],
  ])('means the same with %s', (_title, entry) => {
    expect(parseConfiguredKey(entry)).toEqual({
      value: { name: 'ci', role: 'viewer', digest: Buffer.from(SHA256, 'hex') },
    });
  });

  it('may trust the model', () => {
    const parsed = parseConfiguredKey(`ci:operator+trustModel:${SHA256}`);
    expect(parsed).toMatchObject({ value: { name: 'ci', role: 'operator', trustsModel: true } });
    expect(parseConfiguredKey('ci:operator+trust:some-secret')).toHaveProperty('mistake');
    expect(parseConfiguredKey('ci:+trustModel:some-secret')).toHaveProperty('mistake');
  });

  it('may have colons in its secret', () => {
    const parsed = parseConfiguredKey('ci:admin:one:two:three');
    expect(parsed).toMatchObject({ value: { digest: digestOf('one:two:three') } });
    expect(secretPartOf('ci:admin:one:two:three')).toBe('one:two:three');
  });

  it.each([
    ['no role', 'ci:some-secret', ['must be name:role:secret']],
    ['nothing but a secret', 'some-secret', ['must be name:role:secret']],
    ['no name', ':admin:some-secret', ['must begin with a name']],
    ['a name with a space', 'c i:admin:some-secret', ['must begin with a name']],
    ['the reserved name', 'anonymous:admin:some-secret', ['must begin with a name']],
    ['an unknown role', 'ci:root:some-secret', ['must have the role viewer, operator or admin']],
    ['a role in capitals', 'ci:ADMIN:some-secret', ['must have the role']],
    ['no secret', 'ci:admin:', ['at least 8 characters']],
    ['a short secret', 'ci:admin:1234567', ['at least 8 characters']],
    ['half a hash', `ci:admin:sha256:${SHA256.slice(1)}`, ['64 hexadecimal digits']],
    ['everything wrong at once', '?:boss:1', ['a name', 'the role', 'at least 8 characters']],
  ])('is refused with %s, and every mistake in it is named', (_title, entry, sentences) => {
    const parsed = parseConfiguredKey(entry) as { mistake: string };
    for (const sentence of sentences) expect(parsed.mistake).toContain(sentence);
    expect(parsed.mistake).not.toContain('some-secret');
  });
});

describe('a new secret', () => {
  it('has 256 bits of randomness behind a prefix that scanners know', () => {
    const secrets = new Set(Array.from({ length: 100 }, newSecret));
    expect(secrets.size).toBe(100);
    for (const secret of secrets) expect(secret).toMatch(/^cbk_[\w-]{43}$/);
  });
});
