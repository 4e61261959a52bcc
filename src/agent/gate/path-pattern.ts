/**
 * Whether a path is one that a pattern means, as in a .gitignore: `*` and `?` stay within a part, `**` goes over parts, a
 * pattern without a slash counts at any depth, and what it means counts with all that is below it.
 */
export function matchesPattern(path: string, pattern: string): boolean {
  const trimmed = pattern.trim().replace(/\/+$/, '');
  if (trimmed === '') return false;
  const isAnywhere = !trimmed.includes('/');
  const wanted = trimmed.replace(/^\.?\/+/, '').split('/');
  const parts = isAnywhere ? ['**', ...wanted, '**'] : [...wanted, '**'];
  return matchesParts(path.split('/'), parts);
}

/** One row per part of the pattern: how many parts of the path it may have come to. Never more steps than parts times parts. */
function matchesParts(path: readonly string[], pattern: readonly string[]): boolean {
  let reached = new Set([0]);
  for (const part of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (part === '**') for (let end = at; end <= path.length; end++) next.add(end);
      else if (at < path.length && matchesPart(path[at] as string, part)) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(path.length);
}

function matchesPart(name: string, pattern: string): boolean {
  let reached = new Set([0]);
  for (const character of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (character === '*') for (let end = at; end <= name.length; end++) next.add(end);
      else if (at < name.length && (character === '?' || name[at] === character)) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(name.length);
}
