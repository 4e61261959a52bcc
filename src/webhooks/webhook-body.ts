import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../errors/app-error.js';
import type { JsonLimits } from '../http/json-body.js';
import type { JsonObject } from './webhook-source.js';

export interface WebhookBody {
  payload: JsonObject;
  /** What was changed, because the database cannot store it or it would be dangerous; each entry names the place. */
  changes: string[];
}

const JSON_MEDIA = /^application\/(json|[\w.+-]+\+json)$/;
const MOST_CHANGES = 20;
const REPLACEMENT = '\uFFFD';

/**
 * Bytes to an object. Other rooms refuse what cannot be stored; a delivery is somebody else's and does not come again
 * in better shape, so what can be kept of it is kept, and what was changed is told.
 */
export function readWebhookBody(
  bytes: Buffer,
  headers: IncomingHttpHeaders,
  limits: JsonLimits,
): WebhookBody {
  requireJson(headers);
  if (bytes.length === 0) throw new AppError('validation_error', 'The body is empty');
  const changes: string[] = [];
  if (!isUtf8(bytes)) changes.push('invalid UTF-8 replaced');
  const value = parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError('validation_error', 'The body must be a JSON object');
  }
  clean(value, limits, changes);
  return { payload: value as JsonObject, changes };
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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('validation_error', 'The body is not valid JSON', { cause });
  }
}

interface Place {
  value: object;
  path: string;
  depth: number;
}

/** Walks without recursion, so that depth costs memory and never the stack. */
function clean(root: object, limits: JsonLimits, changes: string[]): void {
  let keys = 0;
  const stack: Place[] = [{ value: root, path: '', depth: 1 }];
  for (let place = stack.pop(); place; place = stack.pop()) {
    if (place.depth > limits.maxDepth) {
      throw new AppError('validation_error', `The body is nested deeper than ${limits.maxDepth} levels`);
    }
    for (const key of Object.keys(place.value)) {
      if (++keys > limits.maxKeys) {
        throw new AppError('validation_error', `The body has more than ${limits.maxKeys} keys and items`);
      }
      const child = cleanEntry(place, key, changes);
      if (child) stack.push(child);
    }
  }
}

/** Answers what is nested in the entry, to be cleaned next. */
function cleanEntry({ value, path, depth }: Place, key: string, changes: string[]): Place | undefined {
  const holder = value as Record<string, unknown>;
  const item = holder[key];
  const note = (what: string): void => {
    if (changes.length < MOST_CHANGES) changes.push(`${what} at ${storable(`${path}/${key}`).slice(0, 200)}`);
  };
  if (key === '__proto__' || (key === 'constructor' && isObject(item) && Object.hasOwn(item, 'prototype'))) {
    delete holder[key];
    note('forbidden key removed');
    return undefined;
  }
  const name = storable(key);
  if (name !== key) {
    delete holder[key];
    holder[name] = item;
    note('NUL or half a surrogate pair replaced in the key');
  }
  if (typeof item === 'string' && !isStorable(item)) {
    holder[name] = storable(item);
    note('NUL or half a surrogate pair replaced');
  } else if (typeof item === 'number' && !Number.isFinite(item)) {
    holder[name] = null;
    note('number beyond all limits removed');
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
