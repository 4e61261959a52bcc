import { analyse, type Analysis, endOfExpression, LONGEST_EXPRESSION } from './expression-analysis.js';
import type { Expressions, Scope } from './expression-engine.js';
import { ExpressionError } from './flows.errors.js';
import { jsonLength } from './json-length.js';
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
      'expression' in part ? [{ path, analysis: analyse(part.expression) }] : [],
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
  const sources: string[] = [];
  collect(value, sources);
  if (sources.length === 0) return value;
  const results = await engine.evaluateAll(sources, scope);
  return new Filling(results[Symbol.iterator]()).fill(value);
}

function collect(value: unknown, into: string[]): void {
  if (typeof value === 'string') {
    if (isTemplate(value))
      for (const part of partsOf(value)) if ('expression' in part) into.push(part.expression);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collect(item, into);
  }
}

/** Takes the results in the order in which `collect` found their expressions. */
class Filling {
  /** What may still be written into the value, in characters of JSON. */
  #left = LONGEST_VALUE;

  constructor(private readonly results: Iterator<unknown>) {}

  fill(value: unknown): unknown {
    if (typeof value === 'string') return isTemplate(value) ? this.#fillText(partsOf(value)) : value;
    if (Array.isArray(value))
      return value.map((item) => this.fill(item)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, this.fill(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  #fillText(parts: readonly TextPart[]): unknown {
    const values = parts.map((part) => ('expression' in part ? this.#taken() : part.text));
    if (values.length === 1) return values[0];
    return values.map((value) => textOf(value)).join('');
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
