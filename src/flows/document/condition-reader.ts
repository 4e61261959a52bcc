import { type Condition, OPERATORS, type Operator, type Rule } from '../expressions/condition.js';
import { analyse } from '../expressions/expression-analysis.js';
import { type FaultList, type Fields, isFields, join } from './fault-list.js';
import { parseFieldPath } from '../expressions/field-path.js';
import { convertJsonPath } from './legacy-path.js';
import { compilePattern } from '../expressions/linear-pattern.js';

const DEEPEST = 10;
const MOST_RULES = 100;
const LONGEST_PATTERN = 500;

/** Reads conditions: a rule, nested groups, a list (all of it), an expression, or the predecessors' `{type, rules}`. */
export function readCondition(
  value: unknown,
  path: string,
  faults: FaultList,
  depth = 0,
): Condition | undefined {
  if (depth > DEEPEST) return faults.add(path, `is nested deeper than ${DEEPEST} groups`);
  if (typeof value === 'string') return readExpression(value, path, faults);
  if (Array.isArray(value)) return { all: readGroup(value, path, faults, depth) };
  if (!isFields(value)) return faults.add(path, 'must be a rule, a group or an expression');
  if ('rules' in value || 'type' in value) return readLegacyGroup(value, path, faults, depth);
  for (const kind of ['all', 'any'] as const) {
    if (!(kind in value)) continue;
    faults.object(value, path, [kind]);
    const group = readGroup(value[kind], join(path, kind), faults, depth);
    return kind === 'all' ? { all: group } : { any: group };
  }
  if ('expression' in value) {
    faults.object(value, path, ['expression']);
    return readExpression(value['expression'], join(path, 'expression'), faults);
  }
  return readRule(value, path, faults);
}

function readGroup(value: unknown, path: string, faults: FaultList, depth: number): Condition[] {
  return faults
    .list(value, path, MOST_RULES)
    .map((item, i) => readCondition(item, `${path}[${i}]`, faults, depth + 1))
    .filter((condition) => condition !== undefined);
}

function readLegacyGroup(
  value: Fields,
  path: string,
  faults: FaultList,
  depth: number,
): Condition | undefined {
  faults.object(value, path, ['type', 'rules']);
  const type = value['type'] ?? 'ALL';
  if (type !== 'ALL' && type !== 'ANY') return faults.add(join(path, 'type'), 'must be ALL or ANY');
  const group = readGroup(value['rules'] ?? [], join(path, 'rules'), faults, depth);
  // Without rules the predecessors' flows matched, whatever the type.
  return type === 'ANY' && group.length > 0 ? { any: group } : { all: group };
}

function readExpression(value: unknown, path: string, faults: FaultList): Condition | undefined {
  const text = faults.text(value, path, 10_000);
  if (text === undefined) return undefined;
  const source = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text)?.[1]?.trim() ?? text.trim();
  try {
    analyse(source);
    return { expression: source };
  } catch (error) {
    return faults.add(path, `the expression cannot be read: ${(error as Error).message}`);
  }
}

const KEYS = ['field', 'operator', 'value'];

function readRule(value: Fields, path: string, faults: FaultList): Rule | undefined {
  if (!('field' in value) && !('operator' in value)) {
    return faults.add(path, 'must have field and operator, or all, any or expression');
  }
  faults.object(value, path, KEYS);
  const field = readField(value['field'], join(path, 'field'), faults);
  const operator = value['operator'];
  if (!(OPERATORS as readonly unknown[]).includes(operator)) {
    return faults.add(join(path, 'operator'), `must be one of ${OPERATORS.join(' ')}`);
  }
  checkValue(operator as Operator, value['value'], join(path, 'value'), faults);
  if (field === undefined) return undefined;
  if (operator === 'changed_to' && !field.startsWith('payload')) {
    return faults.add(join(path, 'field'), 'changed_to compares payloads: the field must begin with payload');
  }
  const wanted = value['value'] === undefined ? {} : { value: value['value'] };
  return { field, operator: operator as Operator, ...wanted };
}

function readField(value: unknown, path: string, faults: FaultList): string | undefined {
  const text = faults.text(value, path, 500)?.trim();
  if (text === undefined) return undefined;
  // The predecessors' conditions were evaluated against the root of the payload.
  const field = text.startsWith('$') ? convertJsonPath(text, 'payload') : text;
  if (field === undefined || parseFieldPath(field) === undefined) {
    return faults.add(path, 'must be a path such as payload.project.id');
  }
  return field;
}

function checkValue(operator: Operator, value: unknown, path: string, faults: FaultList): void {
  if (operator === 'exists') {
    if (value !== undefined && value !== null) faults.boolean(value, path);
  } else if (value === undefined) faults.add(path, 'is missing');
  else if (operator === 'in') faults.list(value, path, 1000);
  else if (operator === 'matches') checkPattern(value, path, faults);
  else if (/^[<>]/.test(operator) && typeof value !== 'number' && typeof value !== 'string') {
    faults.add(path, 'must be a number or a text');
  }
}

function checkPattern(value: unknown, path: string, faults: FaultList): void {
  const text = faults.text(value, path, LONGEST_PATTERN);
  if (text === undefined) return;
  try {
    compilePattern(text, '');
  } catch (error) {
    faults.add(path, `the pattern ${(error as Error).message}`);
  }
}

/** Every rule and expression of a condition with its path, for checks that need the rest of the flow. */
export function conditionLeaves(
  condition: Condition,
  path: string,
): { path: string; condition: Rule | { expression: string } }[] {
  if ('all' in condition) return condition.all.flatMap((c, i) => conditionLeaves(c, `${path}.all[${i}]`));
  if ('any' in condition) return condition.any.flatMap((c, i) => conditionLeaves(c, `${path}.any[${i}]`));
  return [{ path, condition }];
}
