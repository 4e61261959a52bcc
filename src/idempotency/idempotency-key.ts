import type { Response } from 'express';
import type { AppRequest } from '../observability/request-context.js';
import { IdempotencyKeyError } from './idempotency.errors.js';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Of a route whose answers are kept, for its description. */
export const KEY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description: 'Repeats with the same key do nothing and are given the first answer.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
};

/** Undefined where the request may be repeated as often as it comes. Keys of different callers never meet. */
export function keyOf({ context }: AppRequest, header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (!KEY.test(header)) throw IdempotencyKeyError.malformed();
  return `${context.caller?.keyId ?? ''}:${header}`;
}

/** Passes an answer on, and says so where it is a kept one. */
export function told<T>({ answer, isReplay }: { answer: T; isReplay: boolean }, response: Response): T {
  if (isReplay) response.setHeader('Idempotency-Replayed', 'true');
  return answer;
}
