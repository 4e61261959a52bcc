import type { PinoLogger } from 'nestjs-pino';
import { AccessMode } from './access-mode.js';
import type { AccessConfig } from './access.config.js';
import { digestOf } from './api-key.js';
import { KeyScopes } from './key-scopes.js';

const KEY = { name: 'ci', role: 'viewer', digest: digestOf('the-key-of-ci') } as const;

function decide(host: string, config: Partial<AccessConfig> = {}): AccessMode {
  const log = { info: () => undefined, warn: () => undefined } as unknown as PinoLogger;
  const full: AccessConfig = {
    API_KEYS: [],
    API_KEY_SCOPES: new KeyScopes(),
    AUTH_MODE: 'auto',
    WEBHOOK_IP_ALLOWLIST: [],
    ...config,
  };
  return new AccessMode(full, { host, corsOrigins: [], isBehindProxy: false }, () => undefined, log);
}

describe('whether a process asks for keys', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', 'LocalHost', '::1', '[::1]', '::ffff:127.0.0.1'])(
    'is open to local calls without API_KEYS on %s',
    (host) => expect(decide(host).state).toBe('open-locally'),
  );

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.5',
    'clankerbot.internal',
    'localhost.example',
    '127.example',
    '128.0.0.1',
  ])('makes a key of its own without API_KEYS on %s', (host) =>
    expect(decide(host).state).toBe('temporary-key'),
  );

  it('asks for the configured keys wherever it listens', () => {
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      expect(decide(host, { API_KEYS: [KEY] })).toMatchObject({ state: 'keys', keys: [KEY] });
    }
  });

  it('asks for a key on loopback too with AUTH_MODE=keys', () => {
    expect(decide('127.0.0.1', { AUTH_MODE: 'keys' }).state).toBe('temporary-key');
  });

  it('asks nobody with AUTH_MODE=open, and still knows the configured keys', () => {
    expect(decide('0.0.0.0', { AUTH_MODE: 'open', API_KEYS: [KEY] })).toMatchObject({
      state: 'open',
      keys: [KEY],
    });
  });
});
