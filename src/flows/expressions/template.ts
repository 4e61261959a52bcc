import { placeholderOf, type SecretPlace, secretNamed } from '../../secrets/secret-place.js';
import { analyse, type Analysis, endOfExpression, LONGEST_EXPRESSION } from './expression-analysis.js';
import type { Expressions, Scope } from './expression-engine.js';
import { ExpressionError } from '../flows.errors.js';
import { jsonLength } from '../../storage/json-length.js';
import { TextCache } from './text-cache.js';

/** A text cut into what is literal and what is an expression. */
export type TextPart = { text: string } | { expression: string };

const known = new TextCache<TextPart[]>(4_000_000);
/** Reading one takes some thirty microseconds, and a text is cut in one go. */
const EXPRESSIONS_MAX = 1000;
/** More than the largest payload by default, and far less than a text can hold. */
const LONGEST_VALUE = 16_000_000;

export function isTemplate(value: unknown): value is string {
  return typeof value === 'string' && value.includes('{{');
}

/** Cuts at `{{ … }}`. An expression may hold `}}` itself: it ends at the first one at which it can be read. */
export function partsOf(text: string): TextPart[] {
  const found = known.get(text);
  if (found) return found;
  const parts: TextPart[] = [];
  let at = 0;
  let count = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', at)) {
    if (open > at) parts.push({ text: text.slice(at, open) });
    const { source, end } = readExpression(text, open + 2);
    parts.push({ expression: source });
    if (++count > EXPRESSIONS_MAX) throw new Error(`has more than ${EXPRESSIONS_MAX} expressions`);
    at = end;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  known.set(text, parts);
  return parts;
}

function readExpression(text: string, start: number): { source: string; end: number } {
  const close = text.indexOf('}}', start);
  if (close < 0) throw new Error('has no closing }}');
  try {
    return analysed(text, start, close);
  } catch (error) {
    const laterClose = start + endOfExpression(text.slice(start, start + LONGEST_EXPRESSION + 1));
    if (laterClose <= close || !text.startsWith('}}', laterClose)) throw error;
    return analysed(text, start, laterClose);
  }
}

function analysed(text: string, start: number, close: number): { source: string; end: number } {
  const source = text.slice(start, close).trim();
  analyse(source);
  return { source, end: close + 2 };
}

export interface TemplateUse {
  path: string;
  /** As it stands in the document. */
  expression?: string;
  analysis?: Analysis;
  problem?: string;
}

/** Every expression within a value, with the path at which it stands. */
export function templateUses(value: unknown, path: string): TemplateUse[] {
  if (typeof value === 'string') return isTemplate(value) ? textUses(value, path) : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => templateUses(item, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    templateUses(item, path === '' ? key : `${path}.${key}`),
  );
}

function textUses(text: string, path: string): TemplateUse[] {
  try {
    return partsOf(text).flatMap((part) =>
      'expression' in part ? [{ path, expression: part.expression, analysis: analyse(part.expression) }] : [],
    );
  } catch (error) {
    return [{ path, problem: (error as Error).message }];
  }
}

/**
 * The value with every expression replaced by what it means in this scope. A text that is one expression takes its value
 * with its type; a field or item whose expression has no value is left out.
 */
export async function render(value: unknown, scope: Scope, engine: Expressions): Promise<unknown> {
  const sources = expressionsIn(value);
  if (sources.length === 0) return value;
  const results = await engine.evaluateAll(sources, scope);
  return new Filling(results[Symbol.iterator]()).fill(value, []);
}

/** Params, and where in them secrets stand: as their placeholders, which no expression ever sees the values of. */
export interface RenderedParams {
  params: unknown;
  secrets: readonly SecretPlace[];
}

/** As `render`, but that an expression which is the name of a secret stays, and its place is kept. */
export async function renderParams(
  value: unknown,
  scope: Scope,
  engine: Expressions,
): Promise<RenderedParams> {
  const sources = expressionsIn(value);
  const evaluated = sources.filter((source) => secretNamed(source) === undefined);
  if (sources.length === 0) return { params: value, secrets: [] };
  const results = evaluated.length > 0 ? await engine.evaluateAll(evaluated, scope) : [];
  const secrets: SecretPlace[] = [];
  const params = new Filling(results[Symbol.iterator](), secrets).fill(value, []);
  return { params, secrets };
}

function expressionsIn(value: unknown): string[] {
  const found: string[] = [];
  collect(value, found);
  return found;
}

function collect(value: unknown, into: string[]): void {
  if (typeof value === 'string') {
    if (isTemplate(value))
      for (const part of partsOf(value)) if ('expression' in part) into.push(part.expression);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collect(item, into);
  }
}

type Path = readonly (string | number)[];

/** Takes the results in the order in which `collect` found their expressions. */
class Filling {
  /** What may still be written into the value, in characters of JSON. */
  #left = LONGEST_VALUE;

  /** `secrets`: where the places of secrets are gathered; without it they are expressions like others. */
  constructor(
    private readonly results: Iterator<unknown>,
    private readonly secrets?: SecretPlace[],
  ) {}

  fill(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return isTemplate(value) ? this.#fillText(partsOf(value), path) : value;
    if (Array.isArray(value)) return this.#fillList(value, path);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(
      ([key, item]) => [key, this.fill(item, [...path, key])] as const,
    );
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  /** What is left out moves what stands behind it. */
  #fillList(list: readonly unknown[], path: Path): unknown[] {
    const filled: unknown[] = [];
    for (const item of list) {
      const value = this.fill(item, [...path, filled.length]);
      if (value !== undefined) filled.push(value);
    }
    return filled;
  }

  #fillText(parts: readonly TextPart[], path: Path): unknown {
    if (parts.length === 1 && parts[0] && 'expression' in parts[0])
      return this.#secretAt(parts[0], path, 0) ?? this.#taken();
    let text = '';
    for (const part of parts) text += this.#secretAt(part, path, text.length) ?? this.#textOf(part);
    return text;
  }

  #textOf(part: TextPart): string {
    return 'expression' in part ? textOf(this.#taken()) : part.text;
  }

  #secretAt(part: TextPart, path: Path, at: number): string | undefined {
    const name = this.secrets && 'expression' in part ? secretNamed(part.expression) : undefined;
    if (name === undefined) return undefined;
    const placeholder = placeholderOf(name);
    this.secrets?.push({ path, at, length: placeholder.length, name });
    return placeholder;
  }

  /** Before anything is made of it: the same payload may be asked for a thousand times. */
  #taken(): unknown {
    const value = this.results.next().value as unknown;
    this.#left -= jsonLength(value, this.#left);
    if (this.#left < 0)
      throw new ExpressionError(`would make a value of more than ${LONGEST_VALUE} characters`);
    return value;
  }
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
