export type PathPart = string | number;

const NAME = /^[A-Za-z_$][\w$]*/;
const INDEX = /^\[(-?\d{1,9})\]/;
const QUOTED = /^\[(?:'([^']*)'|"([^"]*)")\]/;
const BACKTICKED = /^`([^`]+)`/;

/** `payload.items[0]['a b'].id` as its parts; undefined for anything that is not a plain path. */
export function parseFieldPath(text: string): PathPart[] | undefined {
  const parts: PathPart[] = [];
  let rest = text.trim();
  let isAfterDot = true;
  while (rest !== '') {
    const name = isAfterDot ? (NAME.exec(rest) ?? BACKTICKED.exec(rest)) : undefined;
    const bracket = isAfterDot ? undefined : (INDEX.exec(rest) ?? QUOTED.exec(rest));
    const found = name ?? bracket;
    if (!found) return undefined;
    parts.push(partOf(found, bracket !== undefined && INDEX.test(found[0])));
    rest = rest.slice(found[0].length);
    isAfterDot = rest.startsWith('.');
    if (isAfterDot) {
      rest = rest.slice(1);
      if (rest === '') return undefined;
    }
  }
  return parts.length > 0 ? parts : undefined;
}

function partOf(found: RegExpExecArray, isIndex: boolean): PathPart {
  if (isIndex) return Number(found[1]);
  return found[1] ?? found[2] ?? found[0];
}

/** Names that JavaScript objects have without anybody's having said so must not count as fields. */
export function resolveField(root: unknown, parts: readonly PathPart[]): unknown {
  let value = root;
  for (const part of parts) {
    if (typeof part === 'number') value = Array.isArray(value) ? value.at(part) : undefined;
    else if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    else value = Object.hasOwn(value, part) ? (value as Record<string, unknown>)[part] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}
