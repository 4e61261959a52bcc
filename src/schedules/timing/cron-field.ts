import { RuleMistake } from './rule-mistake.js';

export interface FieldRange {
  /** How it is called in messages: `minute`. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for values, beginning at `min`: `jan`, `feb`, … */
  readonly names?: readonly string[];
}

const LONGEST_FIELD = 500;

export const SECOND: FieldRange = { name: 'second', min: 0, max: 59 };
export const MINUTE: FieldRange = { name: 'minute', min: 0, max: 59 };
export const HOUR: FieldRange = { name: 'hour', min: 0, max: 23 };
export const DAY: FieldRange = { name: 'day', min: 1, max: 31 };
export const MONTH: FieldRange = {
  name: 'month',
  min: 1,
  max: 12,
  names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
};

/** The comma-separated parts of a field, or the mistake that there is none. */
export function partsOf(text: string, range: FieldRange, path: string): string[] {
  if (text.length > LONGEST_FIELD) throw new RuleMistake(path, `${range.name} is too long`);
  const parts = text
    .toLowerCase()
    .split(',')
    .map((part) => part.trim());
  if (parts.some((part) => part === '')) throw new RuleMistake(path, `${range.name} has an empty entry`);
  return parts;
}

const PART = /^(?:(\*|\?)|([a-z0-9]+)(?:\s*-\s*([a-z0-9]+))?)(?:\/(\d{1,9}))?$/;

/** The values that one part means: a star, `5`, `1-5`, either with a step after a slash, and `5/15` for "from 5, every 15th". */
export function parsePart(part: string, range: FieldRange, path: string): number[] {
  const match = PART.exec(part);
  if (!match) throw new RuleMistake(path, `${range.name}: ${JSON.stringify(part)} is not understood`);
  const [, every, first, last, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step === 0) throw new RuleMistake(path, `${range.name}: a step of 0 never moves`);
  const from = every ? range.min : valueOf(first ?? '', range, path);
  const isOpen = every !== undefined || (last === undefined && stepText !== undefined);
  const to = isOpen ? range.max : last === undefined ? from : valueOf(last, range, path);
  if (to < from) {
    throw new RuleMistake(path, `${range.name}: the range ${part} ends before it begins; write two ranges`);
  }
  if (stepText !== undefined && step > range.max - range.min + 1) {
    throw new RuleMistake(path, `${range.name}: the step ${step} is larger than the whole range`);
  }
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

export function valueOf(text: string, range: FieldRange, path: string): number {
  const named = range.names?.indexOf(text) ?? -1;
  if (named >= 0) return range.min + named;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= range.min && value <= range.max) return value;
  const names = range.names ? ` or ${range.names.join(', ')}` : '';
  throw new RuleMistake(
    path,
    `${range.name}: ${JSON.stringify(text)} is not ${range.min} to ${range.max}${names}`,
  );
}

export function parseNumbers(text: string, range: FieldRange, path: string): number[] {
  const values = partsOf(text, range, path).flatMap((part) => parsePart(part, range, path));
  return [...new Set(values)].sort((a, b) => a - b);
}
