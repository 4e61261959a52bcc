import type { OutgoingRequest } from './request-builder.js';

const LONGEST = 300;
const SHORTEST_VALUE = 2;
const HIDDEN = '[value]';

/** An upstream's message without the values that were sent to it, and not longer than a line. */
export function withoutEcho(message: string, { url, body }: OutgoingRequest): string {
  const values = [...textsIn(body), ...url.split(/[/?&=]/).map(decoded)]
    .filter((text) => text.length >= SHORTEST_VALUE)
    .sort((a, b) => b.length - a.length);
  const hidden = values.reduce((text, value) => text.replaceAll(value, HIDDEN), message);
  return hidden.slice(0, LONGEST);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
