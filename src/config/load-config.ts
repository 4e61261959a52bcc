import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.js';
import type { Environment } from './environment.js';
import { percentDecoded } from './percent-encoding.js';
import type { ConfigOf, ConfigSection, Variable } from './variable.js';

/** The parsed environment: one frozen value per section, and the texts of all secrets for masking. */
export class LoadedConfig {
  constructor(
    readonly sections: readonly ConfigSection[],
    private readonly values: ReadonlyMap<symbol, Record<string, unknown>>,
    readonly secretTexts: readonly string[],
  ) {}

  get<S extends ConfigSection>(section: S): ConfigOf<S> {
    const values = this.values.get(section.token);
    if (!values) throw new Error(`The section ${section.name} is not in app.config.ts`);
    return values as ConfigOf<S>;
  }
}

/** Reads every variable of every section; throws one ConfigError that lists all mistakes. */
export function loadConfig(sections: readonly ConfigSection[], environment: Environment): LoadedConfig {
  const mistakes: string[] = [];
  const secretTexts: string[] = [];
  const values = new Map<symbol, Record<string, unknown>>();
  const before = <S extends ConfigSection>(section: S): ConfigOf<S> =>
    values.get(section.token) as ConfigOf<S>;
  for (const section of sections) {
    const mistakesBefore = mistakes.length;
    const parsed: Record<string, unknown> = {};
    for (const [name, variable] of Object.entries(section.variables)) {
      const given = readText(name, variable, environment, mistakes);
      if (variable.isSecret && given !== undefined) secretTexts.push(...secretParts(given.text, variable));
      parsed[name] = parseText(variable, given, mistakes);
    }
    if (mistakes.length === mistakesBefore) mistakes.push(...section.check(parsed, before));
    values.set(section.token, Object.freeze(parsed));
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return new LoadedConfig(sections, values, secretTexts);
}

interface GivenText {
  /** The variable that it stands in. */
  name: string;
  text: string;
}

/** The variable's text by its own name, else by another one that it has. */
function readText(
  name: string,
  variable: Variable<unknown>,
  environment: Environment,
  mistakes: string[],
): GivenText | undefined {
  const read = (from: string): GivenText[] => {
    const text = readNamed(from, variable, environment, mistakes);
    return text === undefined ? [] : [{ name: from, text }];
  };
  const [own] = read(name);
  if (own !== undefined) return own;
  const others = (variable.otherNames ?? []).flatMap(read);
  const [first] = others;
  if (others.every(({ text }) => text === first?.text)) return first;
  const names = others.map((other) => other.name).join(' and ');
  mistakes.push(`${names} differ, and one process has one ${name}: keep one of them, or set ${name}`);
  return undefined;
}

/** From NAME, or for a secret from the file that NAME_FILE names. Empty means not set. */
function readNamed(name: string, variable: Variable<unknown>, environment: Environment, mistakes: string[]) {
  const direct = environment[name]?.trim() || undefined;
  const file = variable.isSecret ? environment[`${name}_FILE`]?.trim() || undefined : undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) {
    mistakes.push(`${name} and ${name}_FILE are both set; keep one`);
    return undefined;
  }
  try {
    const text = readFileSync(file, 'utf8').trim();
    // Unlike an empty NAME it was meant to hold something: taken for unset it could leave a door open.
    if (text === '') mistakes.push(`${name}_FILE: ${file} is empty`);
    return text || undefined;
  } catch (error) {
    mistakes.push(`${name}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    return undefined;
  }
}

function parseText(variable: Variable<unknown>, given: GivenText | undefined, mistakes: string[]): unknown {
  if (given === undefined) return variable.fallback;
  const { name, text } = given;
  const parsed = variable.parse(text);
  if ('value' in parsed) return parsed.value;
  mistakes.push(`${name} ${parsed.mistake}${variable.isSecret ? '' : `, but is ${JSON.stringify(text)}`}`);
  return variable.fallback;
}

/** A secret list's entries are secrets each, and so is a URL's password. */
function secretParts(text: string, { secretPart }: Variable<unknown>): string[] {
  const password = URL.parse(text)?.password;
  const entries = text.split(',').map((part) => part.trim());
  return [
    text,
    ...entries,
    ...(secretPart ? entries.map(secretPart) : []),
    ...(password ? [password, percentDecoded(password) ?? password] : []),
  ];
}
