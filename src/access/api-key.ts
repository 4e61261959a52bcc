import { hash, randomBytes } from 'node:crypto';
import type { Parsed } from '../config/variable.js';
import type { Scope } from '../observability/request-context.js';
import { type Role, ROLES } from './access.decorators.js';

/** Begins every key made here, so that secret scanners and the log's redaction know one when they see it. */
export const KEY_PREFIX = 'cbk_';
const SECRET_BYTES = 32;
const SHORTEST_SECRET = 8;
const TRUST = '+trustModel';

export const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** The name of a caller without a key, where the service is open. */
export const ANONYMOUS = 'anonymous';

/** One entry of API_KEYS. Two may have the same name while a key is being replaced. */
export interface ConfiguredKey {
  name: string;
  role: Role;
  digest: Buffer;
  /** What a model read is carried out at once, without being confirmed. */
  trustsModel?: true;
  /** From API_KEY_SCOPES. */
  scope?: Scope;
  seesNoPayloads?: true;
}

/** A new secret with 256 bits of randomness; guessing it is hopeless, so a plain SHA-256 protects it at rest. */
export function newSecret(): string {
  return KEY_PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

export function digestOf(secret: string): Buffer {
  return Buffer.from(hash('sha256', secret, 'hex'), 'hex'); // Three times as fast as asking for the buffer.
}

/** Under which a bound key is stored: a release that knows no scopes does not find it, and lets nobody in unbound. */
export function boundDigestOf(digest: Buffer | string): Buffer {
  return digestOf(`bound:${typeof digest === 'string' ? digest : digest.toString('hex')}`);
}

/** Reads `name:role:secret-or-sha256`, the role perhaps with `+trustModel` behind it. 64 hexadecimal digits, or `sha256:` before them, are a hash. */
export function parseConfiguredKey(entry: string): Parsed<ConfiguredKey> {
  const match = /^([^:]*):([^:]*):(.*)$/s.exec(entry);
  if (!match) return { mistake: 'must be name:role:secret or name:role:sha256' };
  const [, name = '', roleAndTrust = '', secret = ''] = match;
  const trustsModel = roleAndTrust.endsWith(TRUST);
  const roleText = trustsModel ? roleAndTrust.slice(0, -TRUST.length) : roleAndTrust;
  const role = ROLES.find((r) => r === roleText);
  const digest = parseSecret(secret);
  const mistakes = [
    ...(KEY_NAME.test(name) && name !== ANONYMOUS
      ? []
      : [
          `must begin with a name of 1 to 64 letters, digits, dots, hyphens or underscores (not "${ANONYMOUS}")`,
        ]),
    ...(role ? [] : [`must have the role ${ROLES.join(', ').replace(/, (\w+)$/, ' or $1')}`]),
    ...('mistake' in digest ? [digest.mistake] : []),
  ];
  if (mistakes.length > 0 || !role || 'mistake' in digest) return { mistake: mistakes.join(' and ') };
  return { value: { name, role, digest: digest.value, ...(trustsModel ? { trustsModel } : {}) } };
}

function parseSecret(text: string): Parsed<Buffer> {
  const isMarked = text.startsWith('sha256:');
  const hex = isMarked ? text.slice('sha256:'.length) : text;
  if (/^[0-9a-f]{64}$/i.test(hex)) return { value: Buffer.from(hex, 'hex') };
  if (isMarked) return { mistake: 'must have 64 hexadecimal digits after sha256:' };
  if (text.length < SHORTEST_SECRET)
    return { mistake: `must have a secret of at least ${SHORTEST_SECRET} characters` };
  return { value: digestOf(text) };
}

/** The part of an API_KEYS entry that must not be seen, for the log's redaction. */
export function secretPartOf(entry: string): string {
  return entry.split(':').slice(2).join(':');
}
