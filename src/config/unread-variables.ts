import { nearestNames } from '../errors/nearest-name.js';
import type { Environment } from './environment.js';
import type { ConfigSection } from './variable.js';

export interface UnreadVariable {
  name: string;
  meant: string;
}

/** Shorter names are near too many of other programs': PATH and PORT, HOME and HOST. */
const SHORTEST = 7;

/** Variables that are set and read by nobody, whose names are nearly those of ours: for the log, without their values. */
export function unreadVariables(
  sections: readonly ConfigSection[],
  environment: Environment,
): readonly UnreadVariable[] {
  const known = namesOf(sections);
  return Object.keys(environment)
    .filter((name) => !known.has(name) && environment[name] !== '')
    .flatMap((name) => {
      const meant = meantBy(name, [...known]);
      return meant === undefined ? [] : [{ name, meant }];
    });
}

function namesOf(sections: readonly ConfigSection[]): ReadonlySet<string> {
  const variables = sections.flatMap((section) => Object.entries(section.variables));
  return new Set(
    variables.flatMap(([name, { isSecret, otherNames = [] }]) =>
      [name, ...otherNames].flatMap((one) => (isSecret ? [one, `${one}_FILE`] : [one])),
    ),
  );
}

function meantBy(name: string, known: readonly string[]): string | undefined {
  if (name.length < SHORTEST) return undefined;
  const near = nearestNames(
    name,
    known.filter((one) => isMisspelt(name, one)),
    1,
  );
  return near[0] ?? known.find((one) => lacksWord(name, one));
}

/** The same but for underscores and case, or for a letter or two. */
function isMisspelt(name: string, known: string): boolean {
  const [a, b] = [plain(name), plain(known)];
  if (a === b) return true;
  return b.length >= SHORTEST && Math.abs(a.length - b.length) <= 1 && differences(a, b) <= 1;
}

function plain(name: string): string {
  return name.toUpperCase().replaceAll('_', '');
}

/** After what both begin with, and before what both end with. */
function differences(a: string, b: string): number {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end;
}

/** `SLACK_TOKEN` for `SLACK_BOT_TOKEN`: one word is missing inside. */
function lacksWord(name: string, known: string): boolean {
  const words = name.split('_');
  const all = known.split('_');
  if (words.length < 2 || all.length !== words.length + 1) return false;
  return all.some((_, at) => at > 0 && at < all.length - 1 && all.toSpliced(at, 1).join('_') === name);
}
