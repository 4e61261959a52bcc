import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { KEY_FILE, SealingKeys } from './sealing-keys.js';
import type { StorageConfig } from './storage.config.js';

describe('SealingKeys', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sealing-keys-'));
  const path = join(directory, KEY_FILE);
  const keys = (key?: Buffer): SealingKeys =>
    new SealingKeys({ ENCRYPTION_KEY: key, ENCRYPTION_KEY_PREVIOUS: [] } as unknown as StorageConfig, {
      kind: 'pglite',
      directory,
    });

  afterEach(() => rmSync(path, { force: true }));
  afterAll(() => rmSync(directory, { recursive: true }));

  it('makes a key file that is its user’s alone, when something is first sealed', () => {
    const made = keys();
    expect(made.all()).toEqual([]);
    expect(existsSync(path)).toBe(false);
    const newest = made.newest();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe(`${newest.bytes.toString('hex')}\n`);
    expect(keys().newest()).toEqual(newest);
  });

  it('makes none where one is configured, and opens with the one that was made before', () => {
    const configured = randomBytes(32);
    expect(keys(configured).newest().bytes).toEqual(configured);
    expect(existsSync(path)).toBe(false);
    const made = keys().newest();
    expect(
      keys(configured)
        .all()
        .map(({ bytes }) => bytes),
    ).toEqual([configured, made.bytes]);
  });

  it('does not take a damaged file for a key, nor make another in its place', () => {
    writeFileSync(path, 'half a k');
    chmodSync(path, 0o600);
    expect(() => keys().newest()).toThrow('does not hold a key');
    expect(readFileSync(path, 'utf8')).toBe('half a k');
  });
});
