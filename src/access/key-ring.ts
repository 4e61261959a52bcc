import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../observability/request-context.js';
import { AccessMode } from './access-mode.js';
import { ManagedKeys } from './managed-keys.js';

interface Entry {
  digest: Buffer;
  caller: Caller;
}

/**
 * Whose key a secret is. Compares digests, in constant time; a secret that is unknown, revoked or expired goes the
 * same way through and takes the same time.
 */
@Injectable()
export class KeyRing {
  readonly #configured: readonly Entry[];
  readonly #presented = Buffer.alloc(32);

  constructor(
    mode: AccessMode,
    private readonly managed: ManagedKeys,
  ) {
    // By name, so that a caller stays the same one wherever its entry stands, and with either secret while one is replaced.
    this.#configured = mode.keys.map(({ digest, ...key }) => ({
      digest,
      caller: Object.freeze({ ...key, keyId: `key:${key.name}` }),
    }));
  }

  /** At once where possible: only managed keys may need the database, and then at most once a second. */
  find(secret: string): Caller | undefined | Promise<Caller | undefined> {
    // Into one buffer for all requests: making one for each costs as much as the hash.
    const digest = hash('sha256', secret, 'hex');
    this.#presented.write(digest, 'hex');
    let found: Caller | undefined;
    for (const entry of this.#configured) {
      if (timingSafeEqual(entry.digest, this.#presented)) found = entry.caller;
    }
    return found ?? this.managed.find(digest);
  }

  /** Whether whoever was let in by this key still would be. Keys of the configuration, and no key at all, stay. */
  async isLive(keyId: string): Promise<boolean> {
    const isOfProcess = keyId === '' || this.#configured.some(({ caller }) => caller.keyId === keyId);
    return isOfProcess || this.managed.isLive(keyId);
  }
}
