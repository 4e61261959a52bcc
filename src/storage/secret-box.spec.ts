import { randomBytes } from 'node:crypto';
import { SealingKeys } from './sealing-keys.js';
import { SecretBox } from './secret-box.js';
import type { StorageConfig } from './storage.config.js';

const boxWith = (...keys: Buffer[]): SecretBox => {
  const [ENCRYPTION_KEY, ...ENCRYPTION_KEY_PREVIOUS] = keys;
  const config = { ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS } as unknown as StorageConfig;
  return new SecretBox(new SealingKeys(config, { kind: 'postgres' }));
};

describe('SecretBox', () => {
  const key = randomBytes(32);
  const box = boxWith(key);

  it('gives back what it sealed, and never seals the same way twice', () => {
    const sealed = [box.close('täglich ✓', 'row-1'), box.close('täglich ✓', 'row-1')];
    expect(sealed[0]).not.toBe(sealed[1]);
    expect(sealed.map((s) => box.open(s, 'row-1'))).toEqual(['täglich ✓', 'täglich ✓']);
  });

  it('does not open in another context, with another key, or once changed', () => {
    const sealed = box.close('secret', 'row-1');
    const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`;
    expect(() => box.open(sealed, 'row-2')).toThrow(/authenticate/);
    expect(() => boxWith(randomBytes(32)).open(sealed, 'row-1')).toThrow(/authenticate/);
    expect(() => box.open(changed, 'row-1')).toThrow(/authenticate/);
    expect(() => box.open('plain text', 'row-1')).toThrow('Not a sealed secret');
  });

  it('opens with the keys before, and seals with the newest alone', () => {
    const rotated = boxWith(randomBytes(32), key);
    expect(rotated.open(box.close('secret', 'row-1'), 'row-1')).toBe('secret');
    expect(() => box.open(rotated.close('secret', 'row-1'), 'row-1')).toThrow(/authenticate/);
    expect(rotated.seal('secret', 'row-1').keyId).not.toBe(box.seal('secret', 'row-1').keyId);
  });

  it('says which variable is missing', () => {
    expect(() => boxWith().close('secret', 'row-1')).toThrow('set ENCRYPTION_KEY');
    expect(() => boxWith().open(box.close('secret', 'row-1'), 'row-1')).toThrow('set ENCRYPTION_KEY');
  });
});
