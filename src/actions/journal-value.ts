import { isPlaceholder, isSecretName } from '../observability/redaction.js';

const HIDDEN = '[redacted]';
const LONGEST_CREDENTIAL = 8_192;

export interface JournalLimits {
  /** Longest text that is kept whole. */
  characters: number;
  /** Most items of a list, and fields of an object. */
  items: number;
  depth: number;
  /** Most values in all. */
  values: number;
}

export const PARAMS_LIMITS: JournalLimits = { characters: 2_000, items: 100, depth: 12, values: 500 };
export const RESULT_LIMITS: JournalLimits = { characters: 500, items: 20, depth: 8, values: 300 };

/**
 * A copy of a value for the journal, with secrets hidden and no larger than its limits. What is left out is said so
 * in its place. Walks no further than it keeps, so a result of megabytes costs as much as a small one.
 */
export function journalValue(
  value: unknown,
  limits: JournalLimits,
  redact: (text: string) => string,
): unknown {
  let left = limits.values;
  const copy = (current: unknown, depth: number): unknown => {
    left--;
    if (typeof current === 'string') return shortenRedacted(current, limits.characters);
    if (typeof current === 'bigint') return String(current);
    if (typeof current !== 'object' || current === null) return current;
    if (depth >= limits.depth || left <= 0) return '…';
    return Array.isArray(current)
      ? copyList(current, depth)
      : copyObject(current as Record<string, unknown>, depth);
  };
  // Redacted first: half a credential has no longer the shape of one. And no further than anything of it can be kept.
  const shortenRedacted = (text: string, characters: number): string => {
    if (text.length <= characters) return redact(text);
    const kept = redact(text.slice(0, characters + LONGEST_CREDENTIAL)).slice(0, characters);
    return `${kept.toWellFormed()}… ${text.length - characters} more characters`;
  };
  const copyList = (list: readonly unknown[], depth: number): unknown[] => {
    const kept: unknown[] = [];
    for (const item of list.slice(0, limits.items)) {
      if (left <= 0) break;
      kept.push(copy(item, depth + 1));
    }
    if (kept.length < list.length) kept.push(`… ${list.length - kept.length} more`);
    return kept;
  };
  const copyObject = (object: Record<string, unknown>, depth: number): Record<string, unknown> => {
    const names = Object.keys(object);
    const kept: [string, unknown][] = [];
    for (const name of names.slice(0, limits.items)) {
      if (left <= 0) break;
      const inner = object[name];
      const isHidden =
        isSecretName(name) && typeof inner !== 'boolean' && inner !== null && !isPlaceholder(inner);
      kept.push([shorten(name, 100), isHidden ? HIDDEN : copy(inner, depth + 1)]);
    }
    if (kept.length < names.length) kept.push(['…', `${names.length - kept.length} more`]);
    return Object.fromEntries(kept);
  };
  return copy(value, 0);
}

function shorten(text: string, characters: number): string {
  if (text.length <= characters) return text;
  return `${text.slice(0, characters).toWellFormed()}… ${text.length - characters} more characters`;
}
