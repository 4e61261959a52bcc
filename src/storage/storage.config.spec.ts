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

describe('DATABASE_URL', () => {
  const urlOf = (environment: Record<string, string>): string | undefined =>
    loadConfig([storageConfig], environment).get(storageConfig).DATABASE_URL;

  it.each([
    ['postgresql+asyncpg://u:p@h:5432/api_studio', 'postgresql://u:p@h:5432/api_studio'],
    ['postgres+psycopg2://u:p@h/x?ssl=on', 'postgres://u:p@h/x?ssl=on'],
    ['postgresql+asyncpg://u:p@h/x?ssl=require', 'postgresql://u:p@h/x?sslmode=require'],
    [
      'postgresql+asyncpg://u:p@h/x?a=1&ssl=verify-full&b=2',
      'postgresql://u:p@h/x?a=1&sslmode=verify-full&b=2',
    ],
    ['postgres://u:p@h/x', 'postgres://u:p@h/x'],
  ])('may be written as for SQLAlchemy: %s', (given, expected) => {
    expect(urlOf({ DATABASE_URL: given })).toBe(expected);
    expect(urlOf({ API_STUDIO_DB_URL: given })).toBe(expected);
    expect(urlOf({ UNIVERSAL_WEBHOOK_DB_URL: given, API_STUDIO_DB_URL: given })).toBe(expected);
  });

  it('is one of a process: its own name counts, and two that differ are refused without being shown', () => {
    const two = {
      API_STUDIO_DB_URL: 'postgres://u:secret-one@h/a',
      UNIVERSAL_WEBHOOK_DB_URL: 'postgres://h/b',
    };
    expect(urlOf({ ...two, DATABASE_URL: 'postgres://h/c' })).toBe('postgres://h/c');
    expect(() => urlOf(two)).toThrow(
      'API_STUDIO_DB_URL and UNIVERSAL_WEBHOOK_DB_URL differ, and one process has one DATABASE_URL: keep one of them, or set DATABASE_URL',
    );
    expect(() => urlOf({ API_STUDIO_DB_URL: 'sqlite+aiosqlite:///./x.db' })).toThrow(
      'API_STUDIO_DB_URL must be a URL',
    );
  });
});
