import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type StorageConfig, storageConfig } from './storage.config.js';
import { StartupError } from './storage.errors.js';

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Secrets at rest, by AES-256-GCM. `context` is authenticated: a box moved to another row does not open. */
@Injectable()
export class SecretBox {
  constructor(@Inject(storageConfig.token) private readonly config: StorageConfig) {}

  close(secret: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
  }

  open(box: string, context: string): string {
    const [version, text] = box.split('.');
    if (version !== VERSION || text === undefined) throw new Error('Not a sealed secret');
    const bytes = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.#key(), bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([
      decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]).toString('utf8');
  }

  #key(): Buffer {
    if (!this.config.ENCRYPTION_KEY) throw new StartupError('ENCRYPTION_KEY is needed to store secrets');
    return this.config.ENCRYPTION_KEY;
  }
}
