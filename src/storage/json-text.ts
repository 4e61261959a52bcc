/** What JSON.stringify writes for the characters that Postgres refuses in jsonb: NUL, and half of a surrogate pair. */
const REFUSED = /\\u(?:0000|d[89a-f])/i;

/** A value as text for a jsonb column, with U+FFFD in place of characters that it cannot hold. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return REFUSED.test(text) ? JSON.stringify(clean(JSON.parse(text))) : text;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), clean(item)]));
}

function cleanText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
