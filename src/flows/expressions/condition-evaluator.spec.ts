import fc from 'fast-check';
import type { Condition, Operator } from './condition.js';
import { type ConditionTools, holds, plainlyHolds } from './condition-evaluator.js';
import { ExpressionEngine } from './expression-engine.js';
import type { FlowsConfig } from '../flows.config.js';
import { ExpressionError } from '../flows.errors.js';
import { cases } from '../../../test/support/properties.js';

const tools: ConditionTools = {
  expression: async () => undefined,
  matches: async (pattern, text) => new RegExp(pattern, 'u').test(text),
};
const check = (condition: Condition, payload: unknown, previous?: Record<string, unknown>) =>
  holds(condition, { scope: { payload }, previous }, tools);
const rule = (operator: Operator, value?: unknown, field = 'payload.a'): Condition => ({
  field,
  operator,
  value,
});

describe('a condition', () => {
  it.each<[Operator, unknown, unknown, boolean]>([
    ['==', 1, 1, true],
    ['==', '1', 1, false],
    ['==', { x: [1, null] }, { x: [1, null] }, true],
    ['==', null, null, true],
    ['!=', 'x', 'y', true],
    ['!=', undefined, 'y', true],
    ['==', undefined, null, false],
    ['<', 2, 10, true],
    ['<', '2', 10, false],
    ['>', 'PT10H30M', 'PT10H', true],
    ['>', 'PT9H', 'PT10H', false],
    ['>', '2026-01-01T10:00:00+02:00', '2026-01-01T09:00:00Z', false],
    ['<=', 'abc', 'abc', true],
    ['>=', undefined, 0, false],
    ['contains', 'hello world', 'lo w', true],
    ['contains', [1, { a: 2 }], { a: 2 }, true],
    ['contains', 12, 1, false],
    ['in', 'b', ['a', 'b'], true],
    ['in', undefined, [null], false],
    ['matches', 'INV-2026', '^INV-\\d+$', true],
    ['matches', 7, '7', false],
    ['exists', null, true, true],
    ['exists', undefined, true, false],
    ['exists', undefined, false, true],
    ['exists', 0, undefined, true],
  ])('%s: %j against %j is %s', async (operator, actual, wanted, expected) => {
    const payload = actual === undefined ? {} : { a: actual };
    expect(await check(rule(operator, wanted), payload)).toBe(expected);
  });

  it('sees a change only where the event before had another value', async () => {
    const changed = rule('changed_to', 'APPROVED');
    expect(await check(changed, { a: 'APPROVED' }, { 'payload.a': 'PENDING' })).toBe(true);
    expect(await check(changed, { a: 'APPROVED' }, { 'payload.a': 'APPROVED' })).toBe(false);
    expect(await check(changed, { a: 'APPROVED' })).toBe(true);
    expect(await check(changed, { a: 'PENDING' }, { 'payload.a': 'APPROVED' })).toBe(false);
  });

  it('does not take what every object has for a field', async () => {
    expect(await check(rule('exists', true, 'payload.constructor'), {})).toBe(false);
    expect(await check(rule('exists', true, 'payload.a.length'), { a: [1] })).toBe(false);
  });
});

describe('an expression for a condition', () => {
  const engine = new ExpressionEngine({
    FLOW_EXPRESSION_TIMEOUT_MS: 1000,
    FLOW_EXPRESSION_PROCESSES: 1,
  } as FlowsConfig);
  afterAll(() => engine.onApplicationShutdown());
  const ask = (expression: string, payload: unknown) =>
    holds({ expression }, { scope: { payload } }, engine.of('a'));

  it.each<[string, object, boolean]>([
    ['payload.n > 3', { n: null }, false],
    ['payload.n > 3 or payload.isVip', { n: null, isVip: true }, true],
    ['payload.a.n * 2 > 3', { a: { n: null } }, false],
    ['$contains(payload.name, "VIP")', { name: null }, false],
    ['$count(payload.entries[h > 1]) > 0', { entries: [{ h: null }, { h: 2 }] }, true],
    ['payload.n = null', { n: null }, true],
  ])(
    'takes null for missing where it has no other use for it: %s of %j is %s',
    async (source, payload, is) => {
      expect(await ask(source, payload)).toBe(is);
    },
  );

  it.each([
    ['another type', 'payload.n > 3', { n: 'five' }],
    ['null where the expression asks for null itself', 'payload.n > 3 or payload.n = null', { n: null }],
  ])('cannot be evaluated on %s', async (_what, source, payload) => {
    await expect(ask(source, payload)).rejects.toThrow(ExpressionError);
  });
});

/** A second implementation, by other means: JSON text for equality, no recursion into async code. */
function reference(condition: Condition, payload: Record<string, unknown>): boolean {
  if ('all' in condition) return condition.all.every((c) => reference(c, payload));
  if ('any' in condition) return condition.any.some((c) => reference(c, payload));
  if ('expression' in condition) return false;
  const keys = condition.field.split('.').slice(1);
  const has = keys.reduce<{ found: boolean; value: unknown }>(
    ({ found, value }, key) => {
      const ok =
        found && typeof value === 'object' && value !== null && !Array.isArray(value) && key in value;
      return { found: ok, value: ok ? (value as Record<string, unknown>)[key] : undefined };
    },
    { found: true, value: payload },
  );
  const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
  const [a, b] = [has.value, condition.value];
  const isOrdered = has.found && typeof a === typeof b && (typeof a === 'number' || typeof a === 'string');
  switch (condition.operator) {
    case '==':
      return has.found && same(a, b);
    case '!=':
      return !has.found || !same(a, b);
    case '<':
      return isOrdered && (a as number) < (b as number);
    case '<=':
      return isOrdered && (a as number) <= (b as number);
    case '>':
      return isOrdered && (a as number) > (b as number);
    case '>=':
      return isOrdered && (a as number) >= (b as number);
    case 'contains':
      if (Array.isArray(a)) return a.map(canonical).includes(canonical(b));
      return typeof a === 'string' && typeof b === 'string' && a.indexOf(b) !== -1;
    case 'in':
      return has.found && (b as unknown[]).map(canonical).includes(canonical(a));
    case 'exists':
      return b === false ? !has.found : has.found;
    default:
      throw new Error('not generated');
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '0' : JSON.stringify(value);
  const entries = Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join()}}`;
}

const scalar = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, 2, 1.5, '', 'a', 'ab', '1', true, false, null),
  fc.integer({ min: -3, max: 3 }),
);
const value = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 2 },
    scalar,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node'), { maxKeys: 3 }),
  ),
})).node;
const payload = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3 });
const field = fc.constantFrom('payload.a', 'payload.b', 'payload.a.b', 'payload.c.a.b');
const leaf = fc.oneof(
  fc.record({ field, operator: fc.constantFrom<Operator>('==', '!=', 'contains'), value }),
  fc.record({ field, operator: fc.constantFrom<Operator>('<', '<=', '>', '>='), value: scalar }),
  fc.record({ field, operator: fc.constant<Operator>('in'), value: fc.array(value, { maxLength: 3 }) }),
  fc.record({ field, operator: fc.constant<Operator>('exists'), value: fc.boolean() }),
);
const condition = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({ all: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('node'), { maxLength: 3 }) }),
  ) as fc.Arbitrary<Condition>,
})).node;

it('agrees with a reference evaluator', async () => {
  await fc.assert(
    fc.asyncProperty(condition, payload, async (c, p) => {
      expect(await holds(c, { scope: { payload: p } }, tools)).toBe(reference(c, p));
    }),
    { ...cases(3000), examples: [[{ field: 'payload.a', operator: 'contains', value: '' }, { a: 'a' }]] },
  );
});

/** Parts that have to be waited for; the expression fails whenever it is asked. */
const slow = fc.oneof(
  fc.record({ expression: fc.constant('fails') }),
  fc.record({ field, operator: fc.constant<Operator>('matches'), value: fc.constantFrom('a', 'b') }),
  fc.record({ field, operator: fc.constant<Operator>('changed_to'), value: scalar }),
);
const anyCondition = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    leaf,
    slow,
    fc.record({ all: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('node'), { maxLength: 3 }) }),
  ) as fc.Arbitrary<Condition>,
})).node;

it('is decided by plain comparisons only where all of it would answer the same, and always where all of it is plain', async () => {
  const failing: ConditionTools = {
    ...tools,
    expression: () => Promise.reject(new ExpressionError('not on this event')),
  };
  await fc.assert(
    fc.asyncProperty(anyCondition, payload, async (c, p) => {
      const plainly = plainlyHolds(c, { payload: p });
      const answer = holds(c, { scope: { payload: p } }, failing);
      expect(plainly ?? (await answer.catch(() => 'it fails'))).toBe(await answer.catch(() => 'it fails'));
    }),
    cases(3000),
  );
  fc.assert(
    fc.property(condition, payload, (c, p) => {
      expect(plainlyHolds(c, { payload: p })).toBe(reference(c, p));
    }),
    cases(1000),
  );
});
