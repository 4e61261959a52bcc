import type { Params } from '../../integrations/integration.js';
import { schemaCheck } from '../../integrations/schema-validator.js';
import type { Fault } from '../../errors/fault.js';
import type { Candidate } from './operation-candidates.js';
import { findParam, resolveSchema } from '../rule/param-schema.js';
import { dayOf, momentOf } from '../said/said-moment.js';
import { implausible } from '../said/said-plausible.js';
import { type SaidSpan, spanOf } from '../said/said-span.js';
import { type Here, isoSeconds, readSaidTime, type SaidTime, todayOf } from '../said/said-time.js';
import { windowOf } from '../said/said-window.js';
import { isIdName, timeFieldsOf } from '../time-fields.js';
import { type Day, daysBetween, wallSeconds } from '../../clock/wall-time.js';

export interface Said {
  text: string;
  here: Here;
  /** The zone on whose wall clock the account's windows are read; without one they are instants. */
  accountZone?: string | undefined;
}

/** The params of a call, or everything that is wrong with it. */
export type CheckedParams = { params: Params } | { faults: readonly Fault[] };

const DEEPEST = 32;

/**
 * Makes params of what the model filled in: times are computed here from the text, and the operation's own schema has the
 * last word. Ids that the text does not have may be missing; running asks for them.
 */
export function checkParams(candidate: Candidate, args: Params, said: Said): CheckedParams {
  const { integration, operation } = candidate;
  const spans: readonly string[] = timeFieldsOf(operation) ?? [];
  const given = Object.fromEntries(
    Object.entries(args).filter(([name, value]) => value !== null && !spans.includes(name)),
  );
  const { value, faults } = sayDays(given, operation.params, said);
  const times = timesFor(candidate, said);
  faults.push(...times.faults);
  const params = integration.arrange(operation, { ...(value as Params), ...times.params });
  faults.push(...schemaCheck(operation.params)(params).filter((fault) => !isMissingId(fault)));
  return faults.length > 0 ? { faults } : { params };
}

/** The same params with each day and time, which the model leaves in the words of the text, computed. */
function sayDays(args: Params, root: Params, { text, here }: Said): { value: unknown; faults: Fault[] } {
  const faults: Fault[] = [];
  const said = text.toLowerCase();
  const say = (value: unknown, path: readonly string[]): unknown => {
    if (isObject(value) && path.length < DEEPEST) {
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, say(inner, [...path, name])]),
      );
    }
    const format = dateFormatOf(root, path);
    if (format === undefined || typeof value !== 'string') return value;
    const day = said.includes(value.toLowerCase().trim()) ? computed(value, format, here) : undefined;
    if (day === undefined)
      faults.push({ path: path.join('.'), message: 'must be a day in the words of the request' });
    return day ?? value;
  };
  return { value: say(args, []), faults };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The span that the text says. One that is said but not certain is a fault, lest an entry begin at a guess or run on. */
function timesFor(
  { operation }: Candidate,
  { text, here, accountZone }: Said,
): { params: Params; faults: Fault[] } {
  const fields = timeFieldsOf(operation);
  if (!fields) return { params: {}, faults: [] };
  const said = readSaidTime(text, here);
  const span = operation.isWrite ? plausibleSpan(said, here) : windowOf(said, here);
  const [from, to] = fields;
  if (span && 'fault' in span)
    return { params: {}, faults: [{ path: `${from}, ${to}`, message: span.fault }] };
  const { startMs, endMs } = span ?? {};
  const written = (ms: number): string =>
    operation.isWrite || accountZone === undefined ? isoSeconds(ms) : wallSeconds(ms, accountZone);
  const params = {
    ...(startMs === undefined ? {} : { [from]: written(startMs) }),
    ...(endMs === undefined ? {} : { [to]: written(endMs) }),
  };
  return { params, faults: [] };
}

function plausibleSpan(said: SaidTime, here: Here): SaidSpan {
  const span = spanOf(said, here);
  if (!span || 'fault' in span) return span;
  const isOfDays = said.instants.length === 0 && said.ago === undefined;
  const isOfToday = isOfDays && said.days.every(({ first }) => daysBetween(first, todayOf(here)) === 0);
  return implausible(span, here, isOfToday) ?? span;
}

function dateFormatOf(root: Params, path: readonly string[]): 'date' | 'date-time' | undefined {
  if (path.length === 0) return undefined;
  const found = findParam(root, path);
  if (found.kind !== 'known') return undefined;
  const format = resolveSchema(found.schema, root)['format'];
  return format === 'date' || format === 'date-time' ? format : undefined;
}

/** A day or time said in words; undefined where the words are none that we know. */
function computed(words: string, format: 'date' | 'date-time', here: Here): string | undefined {
  const said = readSaidTime(words, here);
  if (format === 'date-time') {
    const moment = momentOf(said, here);
    return moment === undefined ? undefined : isoSeconds(moment);
  }
  const day = dayOf(said, here);
  return day && isoDay(day);
}

function isoDay({ year, month, day }: Day): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10);
}

function isMissingId({ path, message }: Fault): boolean {
  return message === 'is required' && isIdName(path.split('.').at(-1) ?? '');
}
