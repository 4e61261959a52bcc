import { RE2JS } from 're2js';

/** Instructions of the compiled pattern: each is tried at each character of the text at the most. */
const SIZE_MAX = 2000;
/** What a pattern may come to when its counted repetitions are written out, told from its text: compiling takes a while. */
const WRITTEN_OUT_MAX = 20_000;
const COUNTED = /\{(\d+)(?:,(\d*))?\}/g;

const known = new Map<string, RE2JS>();
const KNOWN_MAX = 500;

/**
 * A regular expression as a machine whose time grows with the text, and never with the ways in which the pattern could
 * be read: RE2. Throws why it cannot be one: what looks ahead or behind, or back at a group, has no such machine.
 */
export function compilePattern(source: string, flags: string): RE2JS {
  const key = `${flags}/${source}`;
  const pattern = known.get(key) ?? compileNow(source, flags);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, pattern);
  return pattern;
}

/** How many steps looking for it in a text of this length takes at the most. */
export function stepsOfMatch(pattern: RE2JS, textLength: number): number {
  return pattern.programSize() * (textLength + 1);
}

function compileNow(source: string, flags: string): RE2JS {
  if (source.length * countedIn(source) > WRITTEN_OUT_MAX) throw new Error('repeats too much too often');
  const pattern = parse(source, flags);
  if (pattern.programSize() > SIZE_MAX) throw new Error('is too large');
  return pattern;
}

function parse(source: string, flags: string): RE2JS {
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source), flagsOf(flags));
  } catch (error) {
    throw new Error(
      `is no regular expression that can be matched in linear time: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function countedIn(source: string): number {
  let sum = 0;
  for (const [, min, max] of source.matchAll(COUNTED)) sum += Number(max || min);
  return sum;
}

function flagsOf(flags: string): number {
  return (
    (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.includes('m') ? RE2JS.MULTILINE : 0) |
    (flags.includes('s') ? RE2JS.DOTALL : 0)
  );
}

/** What JSONata uses of a RegExp: given one, it matches by the machine of its pattern. */
export class LinearRegExp {
  lastIndex = 0;
  readonly #pattern: RE2JS;
  #matcher: { text: string; at: ReturnType<RE2JS['matcher']> } | undefined;

  constructor({ source, flags }: Pick<RegExp, 'source' | 'flags'>) {
    this.#pattern = compilePattern(source, flags);
  }

  exec(text: string): { index: number; length: number; [group: number]: string | undefined } | null {
    const matcher = this.#matcherOf(text);
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0;
      return null;
    }
    this.lastIndex = matcher.end();
    const groups = Array.from({ length: this.#pattern.groupCount() + 1 }, (_, group) => matcher.group(group));
    return Object.assign(
      groups.map((group) => group ?? undefined),
      { index: matcher.start() },
    );
  }

  /** One for each text, and not for each match in it. */
  #matcherOf(text: string): ReturnType<RE2JS['matcher']> {
    if (this.#matcher?.text !== text) this.#matcher = { text, at: this.#pattern.matcher(text) };
    return this.#matcher.at;
  }
}
