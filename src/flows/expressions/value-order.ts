import { durationMs } from '../../clock/iso-duration.js';
import { instantMs } from '../../clock/instant.js';

/** Equality of JSON values: by type and content, the order of keys aside. Nothing is equal to a missing value. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return false;
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => isEqual(item, b[i]))
    );
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) &&
        isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

/** Negative, 0 or positive; NaN for values that have no order between them. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'string' || typeof b !== 'string') return NaN;
  const [first, second] = [measureOf(a), measureOf(b)];
  if (first && second && first.kind === second.kind) return first.value - second.value;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Texts that mean a length or an instant are compared as such: PT10H is shorter than PT11H, and than P1D. */
function measureOf(text: string): { kind: 'duration' | 'instant'; value: number } | undefined {
  if (text.startsWith('P')) {
    const value = durationMs(text);
    return value === undefined ? undefined : { kind: 'duration', value };
  }
  const value = instantMs(text);
  return value === undefined ? undefined : { kind: 'instant', value };
}
