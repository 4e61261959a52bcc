/** How many requests were granted when: `[milliseconds since the epoch, number]`, oldest first. */
export type Grants = readonly (readonly [atMs: number, count: number])[];

export interface GrantRequest {
  /** Requests in any window of this length. */
  limit: number;
  windowMs: number;
  wanted: number;
  /** Leaves the last tenth of the limit to interactive calls. */
  isBackground: boolean;
}

export interface Granted {
  granted: number;
  /** Where nothing was granted: how long until something can be. */
  waitMs: number;
  grants: Grants;
}

/** Grants what the limit still allows in the window that ends now. */
export function grant(
  grants: Grants,
  nowMs: number,
  { limit, windowMs, wanted, isBackground }: GrantRequest,
): Granted {
  const recent = grants.filter(([atMs]) => atMs > nowMs - windowMs);
  const used = recent.reduce((sum, [, count]) => sum + count, 0);
  const allowed = isBackground ? limit - Math.floor(limit / 10) : limit;
  const granted = Math.min(wanted, Math.max(0, allowed - used));
  if (granted > 0) return { granted, waitMs: 0, grants: [...recent, [nowMs, granted]] };
  return { granted, waitMs: untilBelow(recent, allowed, used) + windowMs - nowMs, grants: recent };
}

/** The time of the grant whose end of window brings the use below what is allowed. */
function untilBelow(recent: Grants, allowed: number, used: number): number {
  let left = used;
  for (const [atMs, count] of recent) {
    left -= count;
    if (left < allowed) return atMs;
  }
  return recent.at(-1)?.[0] ?? 0;
}
