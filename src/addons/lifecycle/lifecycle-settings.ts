import type { Addon } from '../addon.js';
import type { SettingValue, StoredSettings } from '../installations/installations.tables.js';

/**
 * What a workspace has set, of the settings that the add-on has and in their own types. Clockify sends a list of
 * `{id, value}`, the predecessors' callers an object, nested by sections or not. What is of no use is left out: what the
 * environment says then stands. Undefined where nothing was said of settings.
 */
export function readSettings(
  { settings: tabs }: Pick<Addon, 'settings'>,
  given: unknown,
): StoredSettings | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const said = new Map(Array.isArray(given) ? listed(given) : entered(given, 0));
  const known = tabs.flatMap(({ settings }) => settings);
  const read = known.flatMap(({ id, value }): [string, SettingValue][] => {
    const own = asTypeOf(value, said.get(id));
    return own === undefined ? [] : [[id, own]];
  });
  return Object.fromEntries(read);
}

function listed(list: readonly unknown[]): [string, unknown][] {
  return list.flatMap((item): [string, unknown][] => {
    if (typeof item !== 'object' || item === null) return [];
    const { id, value } = item as { id?: unknown; value?: unknown };
    return typeof id === 'string' ? [[id, value]] : [];
  });
}

function entered(object: object, depth: number): [string, unknown][] {
  return Object.entries(object).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 1
      ? entered(value as object, depth + 1)
      : [[name, value]],
  );
}

/** Fields of a form may come as texts. */
function asTypeOf(model: SettingValue, value: unknown): SettingValue | undefined {
  if (typeof model === 'boolean') return BOOLEANS.get(value);
  if (typeof model === 'string') return typeof value === 'string' ? value : undefined;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined;
}

const BOOLEANS = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
]);
