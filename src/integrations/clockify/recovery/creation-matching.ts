import type { Params } from '../../integration.js';
import type { CreationLookup } from '../operations/creation-table.js';

/** Our clock and Clockify's may differ by this much. */
const SKEW_MS = 120_000;

/** Whether a found object has what was sent, and nothing that was not. */
export function isSameCreation(
  found: unknown,
  body: Params,
  { lookup, startedMs }: { lookup: CreationLookup; startedMs: number },
): boolean {
  const matches = ([sent, there]: readonly [string, string]): boolean =>
    isSame(valueAt(body, sent), valueAt(found, there));
  if (!Object.entries(lookup.same).every(matches)) return false;
  const sent = Object.entries(lookup.sameIfSent ?? {}).filter(([name]) => !isEmpty(valueAt(body, name)));
  if (!sent.every(matches)) return false;
  if (lookup.beginsAt === undefined || !isEmpty(body['start'])) return true;
  const beganMs = Date.parse(String(valueAt(found, lookup.beginsAt)));
  return beganMs >= startedMs - SKEW_MS;
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Params | null | undefined)?.[name], value);
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function isSame(sent: unknown, found: unknown): boolean {
  if (isEmpty(sent) || isEmpty(found)) return isEmpty(sent) && isEmpty(found);
  if (Array.isArray(sent) && Array.isArray(found)) {
    return new Set(sent).size === new Set(found).size && sent.every((item) => found.includes(item));
  }
  if (typeof sent !== 'string' || typeof found !== 'string') return sent === found;
  return sent.trim() === found.trim() || isSameInstant(sent, found);
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT/;

function isSameInstant(a: string, b: string): boolean {
  if (!DATE_TIME.test(a) || !DATE_TIME.test(b)) return false;
  return Math.floor(Date.parse(a) / 1000) === Math.floor(Date.parse(b) / 1000);
}
