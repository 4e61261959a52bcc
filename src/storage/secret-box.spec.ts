import { randomBytes } from 'node:crypto';
import { SecretBox } from './secret-box.js';
import type { StorageConfig } from './storage.config.js';

const boxWith = (key?: Buffer): SecretBox => new SecretBox({ ENCRYPTION_KEY: key } as StorageConfig);

describe('SecretBox', () => {
  const box = boxWith(randomBytes(32));

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

  it('says which variable is missing', () => {
    expect(() => boxWith().close('secret', 'row-1')).toThrow('ENCRYPTION_KEY is needed');
  });
});
