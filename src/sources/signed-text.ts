import type { IncomingHttpHeaders } from 'node:http';
import type { Parsed } from '../config/variable.js';
import { headerOf } from './payload-fields.js';

/** What a sender signs: texts as they are, values of headers, and the body once. */
export type SignedPart = { text: string } | { header: string } | { body: true };

const BODY_ONLY: readonly SignedPart[] = [{ body: true }];
const PLACE = /\{([^{}]*)\}/g;
const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

/** Reads `{X-Id}.{X-Time}.{body}`; undefined stands for the body alone. */
export function parseSignedText(template: unknown): Parsed<readonly SignedPart[]> {
  if (template === undefined) return { value: BODY_ONLY };
  if (typeof template !== 'string') return { mistake: 'signs must be a text such as {X-Time}.{body}' };
  const parts = partsOf(template);
  const isFine = parts.every((part) => !('header' in part) || HEADER.test(part.header));
  if (!isFine || parts.filter((part) => 'body' in part).length !== 1)
    return { mistake: 'signs must have {body} once, and names of headers in its other braces' };
  return { value: parts };
}

function partsOf(template: string): SignedPart[] {
  const parts: SignedPart[] = [];
  let at = 0;
  for (const match of template.matchAll(PLACE)) {
    if (match.index > at) parts.push({ text: template.slice(at, match.index) });
    const name = match[1] ?? '';
    parts.push(name === 'body' ? { body: true } : { header: name.toLowerCase() });
    at = match.index + match[0].length;
  }
  if (at < template.length) parts.push({ text: template.slice(at) });
  return parts;
}

/** Then no signature can be right, whatever the body is. */
export function missesHeader(parts: readonly SignedPart[], headers: IncomingHttpHeaders): boolean {
  return parts.some((part) => 'header' in part && headerOf(headers, part.header) === undefined);
}

/** The bytes that the signature must be of; undefined where a header of them is missing. */
export function signedBytes(
  parts: readonly SignedPart[],
  { headers, rawBody }: { headers: IncomingHttpHeaders; rawBody: Buffer },
): (Buffer | string)[] | undefined {
  const bytes = parts.map((part) => {
    if ('body' in part) return rawBody;
    return 'text' in part ? part.text : headerOf(headers, part.header);
  });
  return bytes.every((part) => part !== undefined) ? bytes : undefined;
}

export function isSigned(parts: readonly SignedPart[], header: string | undefined): boolean {
  return header !== undefined && parts.some((part) => 'header' in part && part.header === header);
}
