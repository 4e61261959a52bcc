/** Up to `limit` names that somebody may have meant, nearest first. Nothing where nothing is near. */
export function nearestNames(wanted: string, names: Iterable<string>, limit = 3): string[] {
  const plainWanted = plain(wanted);
  if (plainWanted === '') return [];
  const scored: { name: string; score: number }[] = [];
  for (const name of names) {
    const score = distance(plainWanted, plain(name));
    if (score <= nearEnough(plainWanted)) scored.push({ name, score });
  }
  scored.sort((a, b) => a.score - b.score || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return scored.slice(0, limit).map((entry) => entry.name);
}

const LONGEST = 64;

function plain(name: string): string {
  return name
    .slice(0, LONGEST)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
}

function nearEnough(wanted: string): number {
  return Math.max(2, Math.floor(wanted.length / 3));
}

/** Edits between the texts; part of a longer name counts as near, so that `clients` finds `list_clients`. */
function distance(wanted: string, name: string): number {
  if (wanted === name) return 0;
  if (wanted.length >= 3 && name.includes(wanted)) return 1;
  if (name.length >= 3 && wanted.includes(name)) return 2;
  return edits(wanted, name);
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other. */
function edits(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
