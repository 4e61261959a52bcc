import { isUtf8 } from 'node:buffer';
import { isTooDeep } from '../answer-depth.js';
import type { Outcome } from '../integration-error.js';
import type { IncomingResponse } from './http-request.client.js';
import { targetAnswered } from './http-request.errors.js';

const MOST_HEADERS = 50;
const LONGEST_EXCERPT = 4096;

export interface TargetResponse {
  status: number;
  headers: Record<string, string>;
  /** Parsed JSON, text, or `{base64}` for bytes that are no text. */
  body: unknown;
}

/** A success as plain data; throws for every other status. */
export function readResponse({ status, headers, body }: IncomingResponse, unsure: Outcome): TargetResponse {
  const kept = keptHeaders(headers);
  if (status >= 200 && status < 300)
    return { status, headers: kept, body: readBody(kept['content-type'], body) };
  const outcome = status >= 500 || status < 400 ? unsure : 'none';
  const excerpt = body.subarray(0, LONGEST_EXCERPT).toString('utf8');
  throw targetAnswered({ status, headers: kept, excerpt, outcome });
}

function keptHeaders(headers: IncomingResponse['headers']): Record<string, string> {
  const entries = Object.entries(headers as Record<string, unknown>)
    .filter(([name]) => name !== 'set-cookie')
    .slice(0, MOST_HEADERS);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  );
}

function readBody(contentType: string | undefined, body: Buffer): unknown {
  if (body.length === 0) return null;
  if (!isUtf8(body)) return { base64: body.toString('base64') };
  const text = body.toString('utf8');
  if (!contentType || !/[/+]json\b/i.test(contentType)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep([value]) ? text : value; // It stands one level down in the answer.
  } catch {
    return text; // It said JSON and is not: the text is still the answer.
  }
}
