import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../errors/app-error.js';
import type { JsonLimits } from '../http/json-body.js';
import type { WebhookPayload } from './webhook-source.js';

export interface WebhookBody {
  payload: WebhookPayload;
  /** What was changed, because the database cannot store it or it would be dangerous; each entry names the place. */
  changes: string[];
}

const JSON_MEDIA = /^application\/(json|[\w.+-]+\+json)$/;
const MOST_CHANGES = 20;
const REPLACEMENT = '\uFFFD';

/**
 * Bytes to an object or a list. Other rooms refuse what cannot be stored; a delivery is somebody else's and does not come again
 * in better shape, so what can be kept of it is kept, and what was changed is told.
 */
export function readWebhookBody(
  bytes: Buffer,
  headers: IncomingHttpHeaders,
  limits: JsonLimits,
): WebhookBody {
  requireJson(headers);
  if (bytes.length === 0) throw new AppError('validation_error', 'The body is empty');
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const known = isUtf8(bytes) ? [] : ['invalid UTF-8 replaced'];
  const body = readValue(() => JSON.parse(text), limits, known);
  // Read once more, so that only who sends such numbers pays for them; what is nested too deep is refused by now.
  return body.hasLargeNumbers ? readValue(() => parseWithDigits(text), limits, known) : body;
}

interface ReadBody extends WebhookBody {
  /** Some may be whole numbers that have lost digits. */
  hasLargeNumbers: boolean;
  /** Keys that became the same as another one. */
  sameNames: number;
}

function readValue(parse: () => unknown, limits: JsonLimits, known: readonly string[]): ReadBody {
  const value = parsed(parse);
  if (!isObject(value)) throw notAnObject();
  const body = {
    payload: value as WebhookPayload,
    changes: [...known],
    hasLargeNumbers: false,
    sameNames: 0,
  };
  clean(body, limits);
  return body;
}

export function notAnObject(): AppError {
  return new AppError('validation_error', 'The body must be a JSON object');
}

function requireJson(headers: IncomingHttpHeaders): void {
  const [media = ''] = (headers['content-type'] ?? '').toLowerCase().split(';', 1);
  if (!JSON_MEDIA.test(media.trim())) {
    throw new AppError('unsupported_media_type', 'The body must be sent as Content-Type: application/json');
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', 'Compressed bodies are not accepted');
  }
}

function parsed(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (cause) {
    throw new AppError('validation_error', 'The body is not valid JSON', { cause });
  }
}

/** A whole number that would lose digits as a number: two ids could become the same. */
class Digits {
  constructor(readonly text: string) {}
}

/** The type of a reviver that is told how a value was written, which TypeScript does not know yet. */
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, { source }) =>
  isLarge(value) && source !== undefined && /^-?\d+$/.test(source) ? new Digits(source) : value;

function parseWithDigits(text: string): unknown {
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
}

function isLarge(value: unknown): boolean {
  return typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

interface Place {
  value: object;
  path: string;
  depth: number;
}

/** Walks without recursion, so that depth costs memory and never the stack. */
function clean(body: ReadBody, limits: JsonLimits): void {
  let keys = 0;
  const stack: Place[] = [{ value: body.payload, path: '', depth: 1 }];
  for (let place = stack.pop(); place; place = stack.pop()) {
    if (place.depth > limits.maxDepth) {
      throw new AppError('validation_error', `The body is nested deeper than ${limits.maxDepth} levels`);
    }
    for (const key of Object.keys(place.value)) {
      if (++keys > limits.maxKeys) {
        throw new AppError('validation_error', `The body has more than ${limits.maxKeys} keys and items`);
      }
      const child = cleanEntry(place, key, body);
      if (child) stack.push(child);
    }
  }
}

/** Returns what is nested in the entry, to be cleaned next. */
function cleanEntry({ value, path, depth }: Place, key: string, body: ReadBody): Place | undefined {
  const holder = value as Record<string, unknown>;
  const item = holder[key];
  const note = (what: string): void => {
    if (body.changes.length < MOST_CHANGES)
      body.changes.push(`${what} at ${storable(`${path}/${key}`).slice(0, 200)}`);
  };
  if (key === '__proto__' || (key === 'constructor' && isObject(item) && Object.hasOwn(item, 'prototype'))) {
    delete holder[key];
    note('forbidden key removed');
    return undefined;
  }
  let name = storable(key);
  if (name !== key) {
    // Counted through the whole body, so that many keys that become the same one are not compared with each other.
    while (Object.hasOwn(holder, name)) name = `${storable(key)}${++body.sameNames}`;
    delete holder[key];
    holder[name] = item;
    note('NUL or half a surrogate pair replaced in the key');
  }
  if (typeof item === 'string' && !isStorable(item)) {
    holder[name] = storable(item);
    note('NUL or half a surrogate pair replaced');
  } else if (isLarge(item)) {
    body.hasLargeNumbers = true;
    if (Number.isFinite(item)) return undefined;
    holder[name] = null;
    note('number beyond all limits removed');
  } else if (item instanceof Digits) {
    holder[name] = item.text;
    note('whole number too large for a number kept as text');
    return undefined;
  }
  return isObject(item) ? { value: item, path: `${path}/${key}`, depth: depth + 1 } : undefined;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function storable(text: string): string {
  return isStorable(text) ? text : text.replaceAll('\0', REPLACEMENT).toWellFormed();
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
