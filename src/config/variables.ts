import { percentDecoded } from './percent-encoding.js';
import type { Parsed, Variable } from './variable.js';

interface Description {
  about: string;
}
interface WithDefault<T> extends Description {
  default: T;
}

const mistake = (sentence: string): { mistake: string } => ({ mistake: sentence });

function wholeNumberParser(min: number, max: number) {
  return (text: string): Parsed<number> => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return { value };
    return mistake(`must be a whole number from ${min} to ${max}`);
  };
}

interface Range {
  min?: number;
  max?: number;
}

export function integer(d: WithDefault<number> & Range): Variable<number> {
  const parse = wholeNumberParser(d.min ?? 0, d.max ?? 1_000_000_000);
  return variable({
    kind: 'whole number',
    about: d.about,
    defaultText: `${d.default}`,
    fallback: d.default,
    parse,
  });
}

export function optionalInteger(d: Description & Range): Variable<number | undefined> {
  const parse = wholeNumberParser(d.min ?? 0, d.max ?? 1_000_000_000);
  return variable<number | undefined>({ kind: 'whole number', about: d.about, fallback: undefined, parse });
}

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
]);

export function boolean(d: WithDefault<boolean>): Variable<boolean> {
  const parse = (text: string): Parsed<boolean> => {
    const value = BOOLEANS.get(text.toLowerCase());
    return value === undefined ? mistake('must be true or false') : { value };
  };
  return variable({
    kind: 'true or false',
    about: d.about,
    defaultText: `${d.default}`,
    fallback: d.default,
    parse,
  });
}

export function oneOf<const T extends string>(choices: readonly T[], d: WithDefault<T>): Variable<T> {
  const parse = (text: string): Parsed<T> => {
    const value = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    return value === undefined ? mistake(`must be one of ${choices.join(', ')}`) : { value };
  };
  return variable({
    kind: choices.join(' | '),
    about: d.about,
    defaultText: d.default,
    fallback: d.default,
    parse,
  });
}

export function text(d: WithDefault<string>): Variable<string> {
  return variable({
    kind: 'text',
    about: d.about,
    defaultText: d.default,
    fallback: d.default,
    parse: (value) => ({ value }),
  });
}

export function optionalText(d: Description): Variable<string | undefined> {
  return variable<string | undefined>({
    kind: 'text',
    about: d.about,
    fallback: undefined,
    parse: (value) => ({ value }),
  });
}

function parseUrl(protocols: readonly string[]) {
  return (value: string): Parsed<string> => {
    const parsed = URL.parse(value);
    if (!parsed || !protocols.includes(parsed.protocol))
      return mistake(`must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`);
    // Whoever connects will decode these.
    if (percentDecoded(parsed.username + parsed.password + parsed.pathname) === undefined)
      return mistake('must have %25 in place of a % that stands for itself, as in a password');
    return { value };
  };
}

const HTTP = ['http:', 'https:'] as const;

export function url(d: WithDefault<string>): Variable<string> {
  const parse = (value: string): Parsed<string> => {
    const parsed = parseUrl(HTTP)(value);
    return 'value' in parsed ? { value: value.replace(/\/+$/, '') } : parsed;
  };
  return variable({ kind: 'URL', about: d.about, defaultText: d.default, fallback: d.default, parse });
}

export function optionalUrl(
  d: Description & { protocols?: readonly string[]; isSecret?: boolean },
): Variable<string | undefined> {
  const parse = parseUrl(d.protocols ?? HTTP);
  return variable<string | undefined>({
    kind: 'URL',
    about: d.about,
    fallback: undefined,
    isSecret: d.isSecret ?? false,
    parse,
  });
}

/** A value nobody may see: masked wherever configuration is printed, and readable from a file by NAME_FILE. */
export function secret(d: Description): Variable<string | undefined> {
  return variable<string | undefined>({
    kind: 'secret',
    about: d.about,
    fallback: undefined,
    isSecret: true,
    parse: (value) => ({ value }),
  });
}

/** A comma-separated list; `item` reads one entry, and every bad entry is reported by its place, never by its text. */
export function list<T>(
  d: Description & {
    item: (text: string) => Parsed<T>;
    default?: string;
    isSecret?: boolean;
    secretPart?: (entry: string) => string;
    kind?: string;
  },
): Variable<readonly T[]> {
  const parse = (value: string): Parsed<readonly T[]> => {
    const parsed = value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => d.item(part));
    if (parsed.length === 0) return mistake('must have an entry beside its commas, or be unset');
    const mistakes = parsed.flatMap((p, i) => ('mistake' in p ? [`entry ${i + 1} ${p.mistake}`] : []));
    if (mistakes.length > 0) return mistake(mistakes.join('; '));
    return { value: parsed.flatMap((p) => ('value' in p ? [p.value] : [])) };
  };
  const byDefault = d.default === undefined ? { value: [] } : parse(d.default);
  if ('mistake' in byDefault) throw new Error(`default ${byDefault.mistake}`);
  return variable({
    kind: d.kind ?? (d.isSecret ? 'secret, comma-separated list' : 'comma-separated list'),
    about: d.about,
    defaultText: d.default,
    fallback: byDefault.value,
    isSecret: d.isSecret ?? false,
    secretPart: d.secretPart,
    parse,
  });
}

export function textList(
  d: Description & { default?: string; isSecret?: boolean },
): Variable<readonly string[]> {
  return list<string>({ ...d, item: (value) => ({ value }) });
}

/** A variable with a parser of the feature's own. */
export function variable<T>(
  d: Description & {
    kind: string;
    fallback: T;
    parse: (text: string) => Parsed<T>;
    defaultText?: string | undefined;
    isSecret?: boolean;
    secretPart?: ((entry: string) => string) | undefined;
  },
): Variable<T> {
  return {
    kind: d.kind,
    about: d.about,
    defaultText: d.defaultText,
    isSecret: d.isSecret ?? false,
    secretPart: d.secretPart,
    fallback: d.fallback,
    parse: d.parse,
  };
}
