import type { Departing, Objection } from './departing.js';
import type { KnownSecrets } from './known-secrets.js';
import { modeObjections } from './mode-rule.js';
import { type PathRules, pathObjections } from './path-rule.js';
import { secretObjections } from './secret-rule.js';
import { SIZE_LIMITS, type SizeLimits, sizeObjections } from './size-rule.js';

export interface GateRules extends PathRules {
  own: KnownSecrets;
  limits?: SizeLimits;
}

const MOST_OBJECTIONS = 50;

/**
 * Reads what would leave before it leaves. Promises that what it has no objection to is small enough to be read by people,
 * touches no path that decides what runs or who agrees, and has no secret in it that it can recognise.
 */
export function gateObjections(departing: Departing, rules: GateRules): Objection[] {
  const bySize = sizeObjections(departing, rules.limits ?? SIZE_LIMITS);
  const byFile = departing.files.flatMap((file) => [...pathObjections(file, rules), ...modeObjections(file)]);
  // What is too large to be offered is not searched either.
  const bySecret = bySize.length > 0 ? [] : secretObjections(departing, rules.own);
  return [...bySize, ...byFile, ...bySecret].slice(0, MOST_OBJECTIONS);
}
