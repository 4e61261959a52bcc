import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type SealingKey, SealingKeys } from './sealing-keys.js';
import { SealingKeyMissingError } from './storage.errors.js';

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Secrets at rest, by AES-256-GCM. `context` is authenticated: a box moved to another row does not open. The newest key
 * seals, and every key there is opens.
 */
@Injectable()
export class SecretBox {
  constructor(private readonly keys: SealingKeys) {}

  close(secret: string, context: string): string {
    return this.seal(secret, context).box;
  }

  /** With the name of the key, for what is to be sealed anew when there is a newer one. */
  seal(secret: string, context: string): { box: string; keyId: string } {
    const { bytes, id } = this.keys.newest();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', bytes, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    const box = `${VERSION}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    return { box, keyId: id };
  }

  open(box: string, context: string): string {
    const [version, text] = box.split('.');
    if (version !== VERSION || text === undefined) throw new Error('Not a sealed secret');
    let failure: unknown = new SealingKeyMissingError();
    for (const key of this.keys.all()) {
      try {
        return openWith(key, Buffer.from(text, 'base64url'), context);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

function openWith({ bytes: key }: SealingKey, bytes: Buffer, context: string): string {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
    'utf8',
  );
}
