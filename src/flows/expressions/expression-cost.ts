import type { Analysis } from './expression-analysis.js';

/** Ten milliseconds at the worst: characters that are gone over, once for each part of the expression. */
const COST_MAX = 500_000;
/** Going on to the next value takes as long as going over so many characters. */
const VALUE_COST = 50;

/** Whether an expression is proven to be evaluated in no time over this scope. What it would make is no larger. */
export function costsLittle(
  { isCheap, parts, lookups }: Analysis,
  scope: Readonly<Record<string, unknown>>,
): boolean {
  if (!isCheap) return false;
  let left = COST_MAX / parts;
  for (const names of lookups) {
    left -= extentOf(lookedUp(scope, names), left);
    if (left < 0) return false;
  }
  return true;
}

/** What the names come to, or the list on the way that has to be gone over. */
function lookedUp(scope: unknown, names: readonly string[]): unknown {
  let value = scope;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  }
  return value;
}

/** How large a value is; no more of it is looked at than `max`. Without recursion, however deep it is. */
function extentOf(value: unknown, max: number): number {
  const open = [value];
  let extent = 0;
  while (open.length > 0 && extent <= max) {
    const next = open.pop();
    extent += VALUE_COST;
    if (typeof next === 'string') extent += next.length;
    if (typeof next !== 'object' || next === null) continue;
    const items: unknown[] = Object.values(next);
    if (items.length * VALUE_COST > max) return Infinity;
    for (const item of items) open.push(item);
    if (!Array.isArray(next)) for (const name of Object.keys(next)) extent += name.length;
  }
  return extent;
}
