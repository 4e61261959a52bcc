import { IntegrationError } from '../integrations/integration-error.js';
import { SecretHider } from './secret-hider.js';

describe('SecretHider', () => {
  const value = 'p/ä+"s"&<w>\\123';
  const hider = new SecretHider(
    new Map([
      ['key', value],
      ['digits', '1234567890'],
    ]),
  );

  it.each([
    ['as it stands', value],
    ['in JSON', JSON.stringify(value)],
    ['in JSON with escaped slashes', JSON.stringify(value).replaceAll('/', '\\/')],
    ['in ASCII JSON', JSON.stringify(value).replaceAll('ä', '\\u00E4')],
    ['in a URL', encodeURIComponent(value)],
    ['in a URL in lower case', encodeURIComponent(value).toLowerCase()],
    ['in a form', new URLSearchParams({ a: value }).toString().slice(2)],
    ['in HTML', 'p/ä+&quot;s&quot;&amp;&lt;w&gt;\\123'],
    ['in hexadecimal digits', Buffer.from(value).toString('hex')],
  ])('hides a secret %s', (_how, text) => {
    expect(hider.text(`before ${text} after`)).toMatch(/^before "?\[secret key\]"? after$/);
  });

  it.each([0, 1, 2, 3, 4, 5])('hides it in base64 behind %i bytes, and what is around it little', (bytes) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = Buffer.concat([
        Buffer.alloc(bytes, 'u'),
        Buffer.from(value),
        Buffer.alloc(bytes, 'v'),
      ]).toString(encoding);
      const hidden = hider.text(text);
      expect(hidden).toContain('[secret key]');
      // One character on each side is shared with what stands beside it, and goes as well.
      const [before = '', after = ''] = hidden.replaceAll('=', '').split('[secret key]');
      expect(before.length).toBeLessThanOrEqual((bytes * 8) / 6);
      expect(after.length).toBeLessThanOrEqual((bytes * 8) / 6);
    }
  });

  it('hides one that is a number, and in keys, and leaves all else as it is', () => {
    const result = { n: 1234567890, [`x${value}`]: [true, null, 12, 'text'] };
    expect(hider.value(result)).toEqual({ n: '[secret digits]', 'x[secret key]': [true, null, 12, 'text'] });
  });

  it('hides it in a failure, its details and its causes, and keeps the rest of the failure', () => {
    const cause = Object.assign(new Error(`inner ${value}`, { cause: { config: value } }), {
      code: 'E',
      config: { value },
    });
    const options = { upstreamStatus: 401, outcome: 'unknown' as const, retryAfterSeconds: 7, cause };
    const error = new IntegrationError('unauthorized', `said ${value}`, {
      ...options,
      details: { body: `… ${value.slice(0, 8)}` },
    });
    const hidden = hider.error(error);
    expect(hidden).toBeInstanceOf(IntegrationError);
    expect(hidden).toMatchObject({
      code: 'unauthorized',
      status: 401,
      upstreamStatus: 401,
      outcome: 'unknown',
      retryAfterSeconds: 7,
      message: 'said [secret key]',
      details: { body: '… [secret key]', outcome: 'unknown' },
      cause: { message: 'inner [secret key]', code: 'E', cause: { config: '[secret key]' } },
    });
    expect([hidden.stack, (hidden.cause as Error).stack].join()).not.toContain(value);
    expect(hidden.cause).not.toHaveProperty('config');
    expect(error.message).toContain(value);
  });
});
