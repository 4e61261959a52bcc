import { AppError } from '../errors/app-error.js';

export interface JsonLimits {
  maxDepth: number;
  maxKeys: number;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Bytes to a JSON value, or a validation_error that says why not. The one place that refuses dangerous JSON. */
export function parseJsonBody(bytes: Uint8Array, limits: JsonLimits): unknown {
  const value = parseText(decodeUtf8(bytes));
  checkJson(value, limits);
  return value;
}

/** Bytes to text; bytes that are not UTF-8 are refused. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new AppError('validation_error', 'The body is not valid UTF-8');
  }
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('validation_error', 'The body is not valid JSON', {
      details: { position: positionOf(error as SyntaxError) },
      cause: error,
    });
  }
}

/** V8 names the position in most messages; the message itself may quote the body and stays inside. */
function positionOf(error: SyntaxError): number | null {
  const match = /position (\d+)/.exec(error.message);
  return match ? Number(match[1]) : null;
}

/** Walks without recursion, so that depth costs memory and never the stack. */
export function checkJson(root: unknown, limits: JsonLimits): void {
  if (typeof root === 'string') checkString(root);
  if (typeof root !== 'object' || root === null) return;
  let keys = 0;
  const stack: { value: object; depth: number }[] = [{ value: root, depth: 1 }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next.depth > limits.maxDepth) {
      throw new AppError('validation_error', `The body is nested deeper than ${limits.maxDepth} levels`);
    }
    const isList = Array.isArray(next.value);
    for (const [key, value] of Object.entries(next.value) as [string, unknown][]) {
      if (++keys > limits.maxKeys) {
        throw new AppError('validation_error', `The body has more than ${limits.maxKeys} keys and items`);
      }
      if (!isList) checkKey(key, value);
      if (typeof value === 'string') checkString(value);
      else if (typeof value === 'object' && value !== null) stack.push({ value, depth: next.depth + 1 });
    }
  }
}

/** Keys that reach a prototype once somebody merges or assigns the object. */
function checkKey(key: string, value: unknown): void {
  const isPolluting =
    key === '__proto__' ||
    (key === 'constructor' &&
      typeof value === 'object' &&
      value !== null &&
      Object.hasOwn(value, 'prototype'));
  if (isPolluting)
    throw new AppError('validation_error', `The body has the forbidden key ${JSON.stringify(key)}`);
  checkString(key);
}

function checkString(text: string): void {
  if (!text.isWellFormed()) {
    throw new AppError('validation_error', 'The body has a string with half of a surrogate pair');
  }
}
