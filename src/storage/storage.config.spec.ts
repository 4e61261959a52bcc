import { randomBytes } from 'node:crypto';
import { loadConfig } from '../config/load-config.js';
import { storageConfig } from './storage.config.js';

const keyOf = (text: string): Buffer | undefined =>
  loadConfig([storageConfig], { ENCRYPTION_KEY: text }).get(storageConfig).ENCRYPTION_KEY;

describe('ENCRYPTION_KEY', () => {
  const key = randomBytes(32);

  it.each(['hex', 'base64', 'base64url'] as const)('is 32 bytes in %s', (encoding) => {
    expect(keyOf(key.toString(encoding))).toEqual(key);
  });

  it.each([
    [
      'a passphrase that has as many letters of base64 as a key',
      'pass !phrasepass !phrasepass !phrasepass !phrasepa!ss',
    ],
    ['too few bytes', key.subarray(1).toString('base64')],
    ['too many bytes', Buffer.alloc(33).toString('base64')],
  ])('is not %s', (_what, text) => {
    expect(() => keyOf(text)).toThrow('ENCRYPTION_KEY must be 32 bytes');
  });
});
