import jsonata, { type ExprNode } from 'jsonata';
import { compilePattern } from './linear-pattern.js';
import { readablePart, spendEffortOn } from './reading-effort.js';
import { TextCache } from './text-cache.js';

export interface Analysis {
  /** The names that the expression looks up at the top: `payload`, `steps`. */
  roots: readonly string[];
  /** The step ids that stand after `steps`. */
  steps: readonly string[];
  /** Whether each of its parts costs no more than a walk over what it looks up, and makes nothing larger. */
  isCheap: boolean;
  /** How many parts it has. */
  parts: number;
  /** The names, from the top, of each place that it looks up, so that one can see beforehand how much is there. */
  lookups: readonly (readonly string[])[];
}

export const LONGEST_EXPRESSION = 4000;
/** Longer ones are not worth the proof. */
const CHEAP_LENGTH = 500;

/**
 * Functions whose cost is that of their arguments' size. Not among them: toMillis, which reads by a regular expression, and
 * what takes a picture, which may ask for any width. Without an argument, most take the whole scope.
 */
const CHEAP_WITHOUT = setOf('now millis');
const CHEAP_WITH_ONE = setOf(
  'exists not boolean string number count sum max min average length uppercase lowercase trim ' +
    'substring abs floor ceil round keys type join append fromMillis',
);
const CHEAP_WITH_MORE = setOf('substring round append');
/** With a text out of the scope in the second place, the cost would be the product of the two. */
const CHEAP_WITH_A_TEXT = setOf('join substringBefore substringAfter');
/** These make lists. */
const MAKING = setOf('append keys');

const CHEAP_OPERATORS = new Set([
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  'in',
  '&',
  '+',
  '-',
  '*',
  '/',
  '%',
]);

/** Node as the parser makes it; the published type leaves out half of it. */
type Node = Omit<ExprNode, 'lhs' | 'type'> & {
  type: string;
  lhs?: unknown;
  condition?: Node;
  then?: Node;
  else?: Node;
  predicate?: unknown;
  group?: unknown;
  focus?: unknown;
  index?: unknown;
  expression?: Node;
};

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split(' '));
}

/** What is remembered of one takes some forty times its length. */
const known = new TextCache<Analysis | Error>(1_000_000);

/** Reads an expression, or throws why it can never work. */
export function analyse(source: string): Analysis {
  if (source.length > LONGEST_EXPRESSION) throw new Error(`is longer than ${LONGEST_EXPRESSION} characters`);
  const found = known.get(source) ?? analyseNew(source);
  if (found instanceof Error) throw found;
  return found;
}

function analyseNew(source: string): Analysis | Error {
  spendEffortOn(source);
  const found = analyseNow(source);
  known.set(source, found);
  return found;
}

/**
 * Where the expression ends that a text begins with, when a brace follows that does not belong to it; -1 when none does. It
 * is read once, however many braces there are.
 */
export function endOfExpression(given: string): number {
  const text = readablePart(given);
  spendEffortOn(text);
  try {
    jsonata(text);
    return -1;
  } catch (error) {
    const { position = 0, token } = error as { position?: number; token?: string };
    return token === '}' ? position - 1 : -1;
  }
}

function analyseNow(source: string): Analysis | Error {
  try {
    const collected: Collected = {
      roots: new Set(),
      steps: new Set(),
      lookups: [],
      parts: 0,
      isCheap: source.length <= CHEAP_LENGTH,
      isWritten: false,
    };
    const tree = jsonata(source).ast() as unknown as Node;
    if (source.includes('/')) checkPatterns(tree);
    walk(tree, collected, true);
    const { roots, steps, lookups, parts, isCheap } = collected;
    // Without proof nobody asks for the lookups, and there may be thousands.
    return { roots: [...roots], steps: [...steps], lookups: isCheap ? lookups : [], parts, isCheap };
  } catch (error) {
    return new Error(
      error instanceof Error ? error.message : String((error as { message?: string }).message),
    );
  }
}

/** Wherever they stand. Parts of a tree may refer to what is around them. */
function checkPatterns(tree: object): void {
  const seen = new Set<unknown>();
  const open: unknown[] = [tree];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (next instanceof RegExp) checkPattern(next);
    else open.push(...Object.values(next));
  }
}

function checkPattern({ source, flags }: RegExp): void {
  try {
    compilePattern(source, flags);
  } catch (error) {
    throw new Error(`the pattern /${source}/ ${(error as Error).message}`, { cause: error });
  }
}

interface Collected {
  roots: Set<string>;
  steps: Set<string>;
  lookups: string[][];
  parts: number;
  isCheap: boolean;
  /** Whether what is made here becomes part of a text. */
  isWritten: boolean;
}

/** `isAtTop`: names are looked up in the whole scope here, not in what a path has come to. */
function walk(node: Node, into: Collected, isAtTop: boolean): void {
  into.parts++;
  if (node.predicate ?? node.group ?? node.focus ?? node.index) into.isCheap = false;
  switch (node.type) {
    case 'path':
      return walkPath(node, into, isAtTop);
    case 'name':
      if (isAtTop) into.roots.add(String(node.value));
      return undefined;
    case 'string':
    case 'number':
    case 'value':
      return undefined;
    case 'binary':
      if (!CHEAP_OPERATORS.has(String(node.value))) into.isCheap = false;
      return walkParts([node.lhs as Node, node.rhs as unknown as Node], into, isAtTop, node.value === '&');
    case 'unary':
      return walkUnary(node, into, isAtTop);
    case 'condition':
      return walkAll([node.condition, node.then, node.else], into, isAtTop);
    case 'block':
      return walkAll(node.expressions as Node[], into, isAtTop);
    case 'function':
      return walkFunction(node, into, isAtTop);
    default:
      into.isCheap = false; // Variables, lambdas, wildcards, sorting, regular expressions: anything may be in there.
      return undefined;
  }
}

function walkPath(node: Node, into: Collected, isAtTop: boolean): void {
  const steps = (node.steps ?? []) as unknown as (Node & { stages?: unknown[] })[];
  const [first, second] = steps;
  if (isAtTop && first?.type === 'name' && first.value === 'steps' && second?.type === 'name') {
    into.steps.add(String(second.value));
  }
  if (isAtTop && first?.type === 'name') into.lookups.push(namesOf(steps));
  steps.forEach((step, index) => {
    if (!(step.stages ?? []).every(isPlainIndex)) into.isCheap = false;
    if (index > 0 && step.type !== 'name') into.isCheap = false;
    walk(step, into, isAtTop && index === 0);
  });
}

/** The leading names; behind an index there is some item of what is measured here as a whole. */
function namesOf(steps: readonly (Node & { stages?: unknown[] })[]): string[] {
  const end = steps.findIndex((step) => step.type !== 'name' || step.stages !== undefined);
  const leading = steps.slice(0, end < 0 ? steps.length : end + 1);
  return leading.filter((step) => step.type === 'name').map((step) => String(step.value));
}

function isPlainIndex(stage: unknown): boolean {
  const { type, expr } = stage as { type?: string; expr?: { type?: string } };
  return type === 'filter' && expr?.type === 'number';
}

function walkUnary(node: Node, into: Collected, isAtTop: boolean): void {
  // A text written into a list that is written into a text has its quotes escaped, and those escaped again.
  if (into.isWritten && node.value !== '-') into.isCheap = false;
  if (node.value === '{') return walkAll((node.lhs as Node[][]).flat(), into, isAtTop);
  if (node.value === '[') return walkAll(node.expressions as Node[], into, isAtTop);
  return walkAll([node.expression], into, isAtTop);
}

function walkFunction(node: Node, into: Collected, isAtTop: boolean): void {
  const procedure = node.procedure as { type?: string; value?: string } | undefined;
  const name = procedure?.type === 'variable' ? (procedure.value ?? '') : '';
  const given = node.arguments as Node[];
  if (!isCheapCall(name, given) || (into.isWritten && MAKING.has(name))) into.isCheap = false;
  walkParts(given, into, isAtTop, name === 'string');
}

function isCheapCall(name: string, given: readonly Node[]): boolean {
  const [, second] = given;
  if (second === undefined) return (given.length === 0 ? CHEAP_WITHOUT : CHEAP_WITH_ONE).has(name);
  if (given.length === 2 && second.type === 'string' && CHEAP_WITH_A_TEXT.has(name)) return true;
  return CHEAP_WITH_MORE.has(name);
}

/** `areWritten`: lists and objects among the parts become JSON in a text. */
function walkParts(parts: readonly Node[], into: Collected, isAtTop: boolean, areWritten: boolean): void {
  const wasWritten = into.isWritten;
  into.isWritten ||= areWritten;
  walkAll(parts, into, isAtTop);
  into.isWritten = wasWritten;
}

function walkAll(nodes: readonly (Node | undefined)[] | undefined, into: Collected, isAtTop: boolean): void {
  for (const node of nodes ?? []) if (node) walk(node, into, isAtTop);
}
