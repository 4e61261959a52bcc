import { hash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { makeKeyFile, readKeyFile } from './key-file.js';
import { type StorageConfig, storageConfig } from './storage.config.js';
import { SealingKeyMissingError } from './storage.errors.js';

const KEY_BYTES = 32;
export const KEY_FILE = 'clankerbot-encryption.key';

/** A key with the name that what it sealed is marked with. The name tells nothing of the key. */
export interface SealingKey {
  readonly id: string;
  readonly bytes: Buffer;
}

export function sealingKey(bytes: Buffer): SealingKey {
  return {
    id: hash('sha256', Buffer.concat([Buffer.from('clankerbot key id:'), bytes]), 'hex').slice(0, 16),
    bytes,
  };
}

/**
 * The keys to what is sealed in the database: the configured one seals, it and those before it open. Without one, the
 * embedded engine makes its own when something is first sealed, in a file beside its data that is its user's alone.
 */
@Injectable()
export class SealingKeys {
  readonly #configured: readonly SealingKey[];
  #ofFile: SealingKey | undefined;
  #hasLooked = false;

  constructor(
    @Inject(storageConfig.token) config: StorageConfig,
    @Inject(DATABASE_ENGINE) private readonly engine: Pick<DatabaseEngine, 'kind' | 'directory'>,
  ) {
    this.#configured = configuredKeys(config);
  }

  /** The one to seal with. */
  newest(): SealingKey {
    const newest = this.#configured[0] ?? this.#fromFile() ?? this.#make();
    if (!newest) throw new SealingKeyMissingError();
    return newest;
  }

  /** All there are, the newest first. What the embedded engine sealed before a key was configured still opens. */
  all(): readonly SealingKey[] {
    const ofFile = this.#fromFile();
    return ofFile ? [...this.#configured, ofFile] : this.#configured;
  }

  /** Whether something can be sealed, if need be with a key that is made then. */
  get canSeal(): boolean {
    return this.#configured.length > 0 || this.engine.kind === 'pglite';
  }

  #fromFile(): SealingKey | undefined {
    if (this.#hasLooked) return this.#ofFile;
    const path = this.#path();
    if (path !== undefined && existsSync(path)) this.#ofFile = sealingKey(readKeyFile(path));
    this.#hasLooked = true; // Nobody else makes one: the directory is this process's.
    return this.#ofFile;
  }

  #make(): SealingKey | undefined {
    if (this.engine.kind !== 'pglite') return undefined;
    const path = this.#path();
    const made = randomBytes(KEY_BYTES);
    if (path !== undefined) makeKeyFile(path, made);
    this.#ofFile = sealingKey(made);
    return this.#ofFile;
  }

  /** Undefined where nothing outlives the process, and on a server. */
  #path(): string | undefined {
    const { kind, directory } = this.engine;
    return kind === 'pglite' && directory !== undefined ? join(directory, KEY_FILE) : undefined;
  }
}

export function configuredKeys({
  ENCRYPTION_KEY,
  ENCRYPTION_KEY_PREVIOUS = [],
}: StorageConfig): SealingKey[] {
  return ENCRYPTION_KEY === undefined ? [] : [ENCRYPTION_KEY, ...ENCRYPTION_KEY_PREVIOUS].map(sealingKey);
}
