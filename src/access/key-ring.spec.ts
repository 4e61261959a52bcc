import type { PinoLogger } from 'nestjs-pino';
import type { AccessMode } from './access-mode.js';
import { type ConfiguredKey, parseConfiguredKey } from './api-key.js';
import { KeyRing } from './key-ring.js';
import type { ManagedKeys } from './managed-keys.js';

function ringOf(...entries: string[]): KeyRing {
  const keys = entries.map((entry) => (parseConfiguredKey(entry) as { value: ConfiguredKey }).value);
  const managed = { find: () => undefined } as unknown as ManagedKeys;
  const log = { warn: () => undefined } as unknown as PinoLogger;
  return new KeyRing({ keys } as unknown as AccessMode, managed, log);
}

describe('a caller by its key', () => {
  const CI = 'ci:operator:secret-of-ci';

  it('is the same one wherever its entry stands, and with both keys while one is replaced', async () => {
    const before = await ringOf(CI).find('secret-of-ci');
    const ring = ringOf('other:admin:secret-of-other', 'ci:operator:new-secret-of-ci', CI);
    expect(await ring.find('secret-of-ci')).toEqual(before);
    expect(await ring.find('new-secret-of-ci')).toEqual(before);
    expect((await ring.find('secret-of-other'))?.keyId).not.toBe(before?.keyId);
    expect(await ring.find('nobodys')).toBeUndefined();
  });
});
