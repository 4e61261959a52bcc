import { createHmac, hash, timingSafeEqual } from 'node:crypto';

/** Secrets of which any one is right, compared without telling by time how much of a guess was. */
export class SecretMatch {
  readonly #digests: readonly Buffer[];

  /** Texts, or their SHA-256 digests. */
  constructor(secrets: readonly (string | Buffer)[]) {
    this.#digests = secrets.map((secret) => (typeof secret === 'string' ? digest(secret) : secret));
  }

  get isConfigured(): boolean {
    return this.#digests.length > 0;
  }

  has(guess: string): boolean {
    const given = digest(guess);
    let isFound = false;
    for (const known of this.#digests) if (timingSafeEqual(known, given)) isFound = true;
    return isFound;
  }
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

export interface SignatureForm {
  algorithm: 'sha1' | 'sha256' | 'sha512';
  encoding: 'hex' | 'base64';
}

/** Whether some secret made this signature of these bytes. */
export function isSignedByOne(
  secrets: readonly string[],
  signature: string,
  { bytes, algorithm, encoding }: SignatureForm & { bytes: readonly (Buffer | string)[] },
): boolean {
  const given = Buffer.from(signature, encoding);
  let isFound = false;
  for (const secret of secrets) {
    const hmac = createHmac(algorithm, secret);
    for (const part of bytes) hmac.update(part);
    const expected = hmac.digest();
    const isComplete = given.length === expected.length && isAsLongAs(given.length, signature, encoding);
    if (isComplete && timingSafeEqual(given, expected)) isFound = true;
  }
  return isFound;
}

/** What is no digit of the encoding is left out or ends the reading, and so does not show in the bytes. */
function isAsLongAs(bytes: number, text: string, encoding: SignatureForm['encoding']): boolean {
  return encoding === 'hex'
    ? text.length === bytes * 2
    : text.replace(/={1,2}$/, '').length === Math.ceil((bytes * 4) / 3);
}
