import jsonata, { type ExprNode } from 'jsonata';

export interface Analysis {
  /** The names that the expression looks up at the top: `payload`, `steps`. */
  roots: readonly string[];
  /** The step ids that stand after `steps`. */
  steps: readonly string[];
  /** Whether it costs no more than a walk over what it names, so that it may run on the main thread. */
  isCheap: boolean;
}

export const LONGEST_EXPRESSION = 4000;
/** A long text could still join a large payload with itself many times over. */
const CHEAP_LENGTH = 500;

/** Functions whose cost is that of their arguments' size. */
const CHEAP_FUNCTIONS = new Set(
  (
    'exists not boolean string number count sum max min average length uppercase lowercase trim substring ' +
    'substringBefore substringAfter abs floor ceil round keys type now millis join append toMillis fromMillis'
  ).split(' '),
);
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

const known = new Map<string, Analysis | Error>();
const KNOWN_MAX = 5000;

/** Reads an expression, or throws why it can never work. */
export function analyse(source: string): Analysis {
  const found = known.get(source) ?? analyseNow(source);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(source, found);
  if (found instanceof Error) throw found;
  return found;
}

function analyseNow(source: string): Analysis | Error {
  if (source.length > LONGEST_EXPRESSION) return new Error(`is longer than ${LONGEST_EXPRESSION} characters`);
  try {
    const collected: Collected = { roots: new Set(), steps: new Set(), isCheap: true };
    walk(jsonata(source).ast() as unknown as Node, collected, true);
    return {
      roots: [...collected.roots],
      steps: [...collected.steps],
      isCheap: collected.isCheap && source.length <= CHEAP_LENGTH,
    };
  } catch (error) {
    return new Error(
      error instanceof Error ? error.message : String((error as { message?: string }).message),
    );
  }
}

interface Collected {
  roots: Set<string>;
  steps: Set<string>;
  isCheap: boolean;
}

/** `isAtTop`: names are looked up in the whole scope here, not in what a path has come to. */
function walk(node: Node, into: Collected, isAtTop: boolean): void {
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
      return walkAll([node.lhs as Node, node.rhs as unknown as Node], into, isAtTop);
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
  steps.forEach((step, index) => {
    if (!(step.stages ?? []).every(isPlainIndex)) into.isCheap = false;
    if (index > 0 && step.type !== 'name') into.isCheap = false;
    walk(step, into, isAtTop && index === 0);
  });
}

function isPlainIndex(stage: unknown): boolean {
  const { type, expr } = stage as { type?: string; expr?: { type?: string } };
  return type === 'filter' && expr?.type === 'number';
}

function walkUnary(node: Node, into: Collected, isAtTop: boolean): void {
  if (node.value === '{') return walkAll((node.lhs as Node[][]).flat(), into, isAtTop);
  if (node.value === '[') return walkAll(node.expressions as Node[], into, isAtTop);
  return walkAll([node.expression], into, isAtTop);
}

function walkFunction(node: Node, into: Collected, isAtTop: boolean): void {
  const procedure = node.procedure as { type?: string; value?: string } | undefined;
  const isCheap = procedure?.type === 'variable' && CHEAP_FUNCTIONS.has(procedure.value ?? '');
  if (!isCheap) into.isCheap = false;
  walkAll(node.arguments as Node[], into, isAtTop);
}

function walkAll(nodes: readonly (Node | undefined)[] | undefined, into: Collected, isAtTop: boolean): void {
  for (const node of nodes ?? []) if (node) walk(node, into, isAtTop);
}
