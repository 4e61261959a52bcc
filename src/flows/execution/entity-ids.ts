const MAX_IDS = 20;
/** Where something happens, not what it happens to. */
const PLACES = new Set(['workspaceid', 'userid', 'channel', 'teamid', 'organizationid']);

/** The ids of what a write may have changed: by them a webhook is known for the echo of our own action. */
export function entityIdsOf(params: Readonly<Record<string, unknown>>, result: unknown): string[] {
  const ids = new Set<string>();
  for (const [key, value] of Object.entries(params)) {
    const isId = /^id$|Id$|_id$/.test(key) && !PLACES.has(key.toLowerCase().replaceAll('_', ''));
    if (isId && typeof value === 'string') ids.add(value);
  }
  for (const item of Array.isArray(result) ? result.slice(0, MAX_IDS) : [result]) {
    const id = typeof item === 'object' && item !== null ? (item as { id?: unknown }).id : undefined;
    if (typeof id === 'string') ids.add(id);
  }
  return [...ids].filter((id) => id.length > 0 && id.length <= 200).slice(0, MAX_IDS);
}
