import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import type { Caller } from '../observability/request-context.js';
import { DatabaseUnavailableError } from '../storage/storage.errors.js';
import { ApiKeysRepository, type LiveKeyRow } from './api-keys.repository.js';
import { boundDigestOf } from './api-key.js';
import { KeyUses } from './key-uses.js';

/** How long a replica may go on by what it last read: a revoked key is refused everywhere after this. */
const FRESH_MS = 1_000;
const LOAD_TIMEOUT_MS = 2_000;

interface ManagedKey {
  caller: Caller;
  expiresAtMs: number;
}

/**
 * The live keys of the database, in memory. Promises at most one query a second however many keys are tried, and
 * that within a second of a change every replica goes by it; while the database is away, it rejects.
 */
@Injectable()
export class ManagedKeys {
  #byDigest: ReadonlyMap<string, ManagedKey> = new Map();
  #loadedAtMs = -Infinity;
  #changes = 0;
  #loading: Promise<void> | undefined;

  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly uses: KeyUses,
    private readonly clock: Clock,
  ) {}

  /** By the SHA-256 in hexadecimal digits. How a map compares these tells nothing of secrets of 256 bits. */
  find(digest: string): Caller | undefined | Promise<Caller | undefined> {
    return this.#refresh()?.then(() => this.#lookUp(digest)) ?? this.#lookUp(digest);
  }

  /** Whether the key is neither revoked nor expired, for whoever was let in by it a while ago. */
  async isLive(keyId: string): Promise<boolean> {
    await this.#refresh();
    const key = [...this.#byDigest.values()].find(({ caller }) => caller.keyId === keyId);
    return key !== undefined && key.expiresAtMs > this.clock.nowMs();
  }

  /** What was read is out of date: this process changed it. */
  forget(): void {
    this.#loadedAtMs = -Infinity;
    this.#changes += 1;
  }

  /** Undefined while what was last read is fresh. */
  #refresh(): Promise<void> | undefined {
    const ageMs = this.clock.nowMs() - this.#loadedAtMs;
    if (ageMs >= 0 && ageMs < FRESH_MS) return undefined;
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  #lookUp(digest: string): Caller | undefined {
    const key = this.#byDigest.get(digest) ?? this.#byDigest.get(boundDigestOf(digest).toString('hex'));
    const nowMs = this.clock.nowMs();
    if (!key || key.expiresAtMs <= nowMs) return undefined;
    this.uses.note(key.caller.keyId, nowMs);
    return key.caller;
  }

  /** Once more when this process has changed a key meanwhile: the answer may not have it. */
  async #load(): Promise<void> {
    let changes: number;
    do {
      changes = this.#changes;
      // Time of asking, not of the answer: what changes while the answer is on its way is not in it.
      const askedAtMs = this.clock.nowMs();
      const rows = await withTimeout(this.repository.live(this.clock.now()));
      this.#byDigest = new Map(rows.map((row) => [row.digest.toString('hex'), toManagedKey(row)]));
      this.#loadedAtMs = askedAtMs;
    } while (changes !== this.#changes);
  }
}

function toManagedKey(row: LiveKeyRow): ManagedKey {
  const { id, name, role, expires_at, trust_model, scope, sees_payloads } = row;
  return {
    caller: Object.freeze({
      name,
      role,
      keyId: id,
      ...(trust_model ? { trustsModel: true as const } : {}),
      ...(scope === null ? {} : { scope }),
      ...(sees_payloads ? {} : { seesNoPayloads: true as const }),
    }),
    expiresAtMs: expires_at?.getTime() ?? Infinity,
  };
}

/** A caller waits for this, so a database that does not answer counts as away sooner than its own time-out. */
async function withTimeout<T>(query: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DatabaseUnavailableError()), LOAD_TIMEOUT_MS);
  });
  try {
    return await Promise.race([query, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
