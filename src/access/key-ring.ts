import { hash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Caller } from '../observability/request-context.js';
import { AccessMode } from './access-mode.js';
import { ManagedKeys } from './managed-keys.js';

interface Entry {
  digest: Buffer;
  caller: Caller;
}

/**
 * Whose key a secret is. Compares digests, in constant time; a secret that is unknown, revoked or expired goes the
 * same way through and takes the same time. A name stands for one caller: a key of the database that has the name of one of
 * the configuration is refused, and that is logged.
 */
@Injectable()
export class KeyRing {
  readonly #configured: readonly Entry[];
  readonly #names: ReadonlySet<string>;
  readonly #warnedOf = new Set<string>();
  readonly #presented = Buffer.alloc(32);

  constructor(
    mode: AccessMode,
    private readonly managed: ManagedKeys,
    @InjectPinoLogger('access') private readonly log: PinoLogger,
  ) {
    this.#names = new Set(mode.keys.map(({ name }) => name));
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
    if (found !== undefined) return found;
    const managed = this.managed.find(digest);
    return managed instanceof Promise
      ? managed.then((caller) => this.#unlessShadowed(caller))
      : this.#unlessShadowed(managed);
  }

  /** Whether a key of the configuration has the name. */
  isConfigured(name: string): boolean {
    return this.#names.has(name);
  }

  /** Whether whoever was let in by this key still would be. Keys of the configuration, and no key at all, stay. */
  async isLive(keyId: string): Promise<boolean> {
    const isOfProcess = keyId === '' || this.#configured.some(({ caller }) => caller.keyId === keyId);
    return isOfProcess || this.managed.isLive(keyId);
  }

  #unlessShadowed(caller: Caller | undefined): Caller | undefined {
    if (caller === undefined || !this.#names.has(caller.name)) return caller;
    if (!this.#warnedOf.has(caller.name)) {
      this.#warnedOf.add(caller.name);
      this.log.warn(
        { apiKey: caller.name, id: caller.keyId },
        'A managed API key is refused, because API_KEYS has one of the same name: make it anew under another',
      );
    }
    return undefined;
  }
}
