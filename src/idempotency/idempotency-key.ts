import type { Response } from 'express';
import { REPLAYED_HEADER } from '../errors/app-error.js';
import type { AppRequest } from '../observability/request-context.js';
import { IdempotencyKeyError } from './idempotency.errors.js';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Of a route whose answers are kept, for its description. */
export const KEY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    '1 to 255 visible ASCII characters. Repeats with the same key do nothing and are given the first answer, with the header Idempotency-Replayed: true.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
};

/** As the caller wrote it; undefined where the request may be repeated as often as it comes. */
export function givenKey(header: string | undefined): string | undefined {
  if (header !== undefined && !KEY.test(header)) throw IdempotencyKeyError.malformed();
  return header;
}

/** With its caller: keys of different callers never meet. */
export function keyOf({ context }: AppRequest, header: string | undefined): string | undefined {
  const key = givenKey(header);
  return key === undefined ? undefined : `${context.caller?.keyId ?? ''}:${key}`;
}

/** Passes an answer on, and says so where it is a kept one. */
export function told<T>({ answer, isReplay }: { answer: T; isReplay: boolean }, response: Response): T {
  if (isReplay) sayReplayed(response);
  return answer;
}

export function sayReplayed(response: Response): void {
  response.setHeader(REPLAYED_HEADER, 'true');
}
