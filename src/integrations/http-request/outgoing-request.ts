import type { Params } from '../integration.js';
import type { Outcome } from '../integration-error.js';
import { requestRefused } from './http-request.errors.js';

const LARGEST_BODY = 1024 * 1024;
const LONGEST_URL = 8192;

/** Headers that frame the message or belong to the connection: two parsers could disagree about them. */
const FORBIDDEN =
  /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|x-clankerbot-.*)$/i;

export interface OutgoingRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Buffer;
  /** What it came to when it left and its end is not known: nothing that speaks against sending it again, or unknown. */
  unsure: Outcome;
}

/** The request that params of a checked URL describe, without a signature. */
export function outgoingRequest(method: string, url: URL, params: Params): OutgoingRequest {
  const target = new URL(url);
  for (const [name, value] of Object.entries((params['query'] as Params | undefined) ?? {})) {
    target.searchParams.append(name, String(value));
  }
  if (target.href.length > LONGEST_URL) throw requestRefused(`url is longer than ${LONGEST_URL} characters`);
  const body = bytesOf(params['body']);
  if (body.length > LARGEST_BODY) throw requestRefused('body is larger than 1 MiB');
  const unsure = method === 'GET' || keyHeaderOf(params) !== undefined ? 'none' : 'unknown';
  return { method, url: target.href, headers: headersOf(params), body, unsure };
}

/** The header in which the target wants the key that is the same in each repetition; undefined where it knows of none. */
export function keyHeaderOf(params: Params): string | undefined {
  const { header } = (params['idempotency'] ?? {}) as { header?: string };
  return header?.toLowerCase();
}

function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}

function headersOf(params: Params): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(
    (params['headers'] as Record<string, string> | undefined) ?? {},
  )) {
    if (FORBIDDEN.test(name)) throw requestRefused(`headers.${name} cannot be set`);
    headers[name.toLowerCase()] = value;
  }
  const keyHeader = keyHeaderOf(params);
  if (keyHeader !== undefined && (FORBIDDEN.test(keyHeader) || headers[keyHeader] !== undefined)) {
    throw requestRefused('idempotency.header cannot be set, or is among headers as well');
  }
  const body = params['body'];
  if (body !== undefined && headers['content-type'] === undefined) {
    headers['content-type'] = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  }
  return headers;
}
