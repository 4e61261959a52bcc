import { takesLessThan } from '../../test/support/takes-less-than.js';
import { createRedactor, redactFields } from './redaction.js';

describe('redaction', () => {
  const redact = createRedactor(['my-api-key-123', 'has "quotes" in it', 'short']);

  it('hides configured secrets as they stand, in JSON and in URLs', () => {
    expect(redact('key my-api-key-123 used')).toBe('key [redacted] used');
    expect(redact(JSON.stringify({ a: 'has "quotes" in it' }))).toBe('{"a":"[redacted]"}');
    expect(redact(`https://x/?q=${encodeURIComponent('has "quotes" in it')}`)).toBe(
      'https://x/?q=[redacted]',
    );
  });

  it('leaves values too short to be secrets, which would hide half the log', () => {
    expect(redact('a short line')).toBe('a short line');
  });

  it.each([
    ['Authorization: Bearer abc.def-123456', 'Authorization: Bearer [redacted]'],
    ['GET /x?auth_token=abc123&page=2', 'GET /x?auth_token=[redacted]&page=2'],
    ['api_key=abc, then', 'api_key=[redacted] then'],
    ['client_secret=abc&x=1', 'client_secret=[redacted]&x=1'],
    ['?id_token=abc', '?id_token=[redacted]'],
    ['pwd=abc', 'pwd=[redacted]'],
    ['Passwd=abc', 'Passwd=[redacted]'],
    ['accessKey=abc', 'accessKey=[redacted]'],
    ['AWS_ACCESS_KEY=abc', 'AWS_ACCESS_KEY=[redacted]'],
    ['DD-APPLICATION-KEY=abc', 'DD-APPLICATION-KEY=[redacted]'],
    ['postgres://user:hunter22@host/db', 'postgres://user:[redacted]@host/db'],
    ['token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjIn0.c2ln', 'token [redacted]'],
  ])('hides what has the shape of a credential: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'eyJ-',
    'eyJhbGciOiJ.',
    'eyJhbGciOiJ.eyJ-',
    'Bearer ',
    'cbk_-',
    'token=',
    '://a:',
    '://a:b',
    'a-',
    'tok',
  ])('takes a time that grows with the length of a text full of %s', async (piece) => {
    const text = piece.repeat(100_000);
    await takesLessThan(3_000, async () => void redact(text)); // The square of it would take minutes.
  });

  it.each([
    'client_secret',
    'id_token',
    'pwd',
    'accessKey',
    'DD-APPLICATION-KEY',
    'dd-api-key',
    'privateKey',
    'passphrase',
    'X-App-Key',
  ])('knows %s for the name of a credential', (name) => {
    expect(redactFields({ [name]: 'a' })).toEqual({ [name]: '[redacted]' });
  });

  it.each(['keyboard', 'projectId', 'monkey', 'sortKey', 'passed', 'accept'])(
    'leaves %s, which is none',
    (name) => {
      expect(redactFields({ [name]: 'a' })).toEqual({ [name]: 'a' });
    },
  );

  it('hides fields by their names', () => {
    expect(redactFields({ 'clockify-signature': 'a', 'X-Api-Key': 'b', accept: 'c' })).toEqual({
      'clockify-signature': '[redacted]',
      'X-Api-Key': '[redacted]',
      accept: 'c',
    });
  });
});
