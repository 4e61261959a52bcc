import type { Condition, Rule } from './condition.js';
import { parseFieldPath, resolveField } from './field-path.js';
import { ExpressionCutOffError, ExpressionError } from '../flows.errors.js';
import { compare, isEqual } from './value-order.js';

export interface ConditionInput {
  /** What fields and expressions are looked up in: event, payload, steps, flow, now. */
  scope: Readonly<Record<string, unknown>>;
  /** The values, by field, that the subject had when it was last seen. */
  previous?: Readonly<Record<string, unknown>> | undefined;
}

/** What a condition needs beyond plain comparison: things that take unbounded time unless somebody bounds it. */
export interface ConditionTools {
  expression(source: string, scope: Readonly<Record<string, unknown>>): Promise<unknown>;
  matches(pattern: string, text: string): Promise<boolean>;
}

/** Whether a condition holds. A missing field is no error: it is not equal to anything and has no order. */
export async function holds(
  condition: Condition,
  input: ConditionInput,
  tools: ConditionTools,
): Promise<boolean> {
  if ('all' in condition) {
    for (const part of condition.all) if (!(await holds(part, input, tools))) return false;
    return true;
  }
  if ('any' in condition) {
    for (const part of condition.any) if (await holds(part, input, tools)) return true;
    return false;
  }
  if ('expression' in condition) return isTruthy(await evaluate(condition.expression, input.scope, tools));
  return ruleHolds(condition, input, tools);
}

/**
 * What `holds` will answer, where plain comparisons decide it before anything has to be waited for; undefined where
 * they do not.
 */
export function plainlyHolds(condition: Condition, scope: ConditionInput['scope']): boolean | undefined {
  if ('all' in condition) return decided(condition.all, { scope, by: false });
  if ('any' in condition) return decided(condition.any, { scope, by: true });
  if ('expression' in condition || condition.operator === 'matches' || condition.operator === 'changed_to')
    return undefined;
  return plainRuleHolds(condition, { scope });
}

/** The first part that decides, or that has to be waited for, ends it, as in `holds`. */
function decided(
  parts: readonly Condition[],
  { scope, by }: { scope: ConditionInput['scope']; by: boolean },
): boolean | undefined {
  for (const part of parts) {
    const result = plainlyHolds(part, scope);
    if (result !== !by) return result;
  }
  return !by;
}

/**
 * JSONata refuses to compare null or to calculate with it; of a missing field it says that it does not hold. Many a
 * payload has null for what is missing, so the expression is asked again without. One that speaks of null itself
 * would mean something else then.
 */
async function evaluate(
  source: string,
  scope: ConditionInput['scope'],
  tools: ConditionTools,
): Promise<unknown> {
  try {
    return await tools.expression(source, scope);
  } catch (error) {
    const isFinal = error instanceof ExpressionError && !(error instanceof ExpressionCutOffError);
    if (!isFinal || /\bnull\b/.test(source)) throw error;
    return tools.expression(source, withoutNulls(scope) as ConditionInput['scope']);
  }
}

/** Items of lists stay, because their places count. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

function ruleHolds(rule: Rule, input: ConditionInput, tools: ConditionTools): boolean | Promise<boolean> {
  if (rule.operator !== 'matches') return plainRuleHolds(rule, input);
  const actual = resolveField(input.scope, parseFieldPath(rule.field) ?? []);
  return typeof actual === 'string' && typeof rule.value === 'string' && tools.matches(rule.value, actual);
}

function plainRuleHolds(rule: Rule, input: ConditionInput): boolean {
  const path = parseFieldPath(rule.field) ?? [];
  const actual = resolveField(input.scope, path);
  const wanted = rule.value;
  switch (rule.operator) {
    case '==':
      return isEqual(actual, wanted);
    case '!=':
      return !isEqual(actual, wanted);
    case '<':
      return compare(actual, wanted) < 0;
    case '<=':
      return compare(actual, wanted) <= 0;
    case '>':
      return compare(actual, wanted) > 0;
    case '>=':
      return compare(actual, wanted) >= 0;
    case 'contains':
      return contains(actual, wanted);
    case 'in':
      return Array.isArray(wanted) && wanted.some((item) => isEqual(actual, item));
    case 'exists':
      return (actual !== undefined) === (wanted !== false);
    case 'changed_to':
      return isEqual(actual, wanted) && !isEqual(input.previous?.[rule.field], wanted);
    case 'matches':
      return false; // Takes time that somebody has to bound, and so is not plain.
  }
}

function contains(actual: unknown, wanted: unknown): boolean {
  if (typeof actual === 'string') return typeof wanted === 'string' && actual.includes(wanted);
  return Array.isArray(actual) && actual.some((item) => isEqual(item, wanted));
}

/** As JSONata casts to boolean: empty and zero are false, a list is true where one of its items is. */
export function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTruthy);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The fields whose earlier values the condition asks for. */
export function watchedFields(condition: Condition | undefined): string[] {
  if (!condition || 'expression' in condition) return [];
  if ('all' in condition) return condition.all.flatMap(watchedFields);
  if ('any' in condition) return condition.any.flatMap(watchedFields);
  return condition.operator === 'changed_to' ? [condition.field] : [];
}

/** What is to be remembered of a subject for next time. */
export function watchedValues(
  condition: Condition | undefined,
  scope: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const entries = watchedFields(condition).map((field) => [
    field,
    resolveField(scope, parseFieldPath(field) ?? []),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
