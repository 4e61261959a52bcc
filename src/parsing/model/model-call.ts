import type { Params } from '../../integrations/integration.js';
import type { Fault } from '../../errors/fault.js';
import type { PermittedCandidate } from './operation-candidates.js';
import { type CheckedParams, checkParams, type Said } from './model-params.js';
import { ModelValues } from './model-values.js';
import { readSaidTime } from '../said/said-time.js';
import { SaidText } from './said-text.js';
import { unaccountedIn } from './text-account.js';
import { timeFieldsOf } from '../time-fields.js';

/**
 * What a model's call comes to, judged by the text alone: only fields that are for it to fill in, every value from the
 * text, every time computed here, and no word of the text left over.
 */
export function readCall(candidate: PermittedCandidate, args: Params, said: Said): CheckedParams {
  const { operation, permission } = candidate;
  const times: readonly string[] = timeFieldsOf(operation) ?? [];
  const given = Object.fromEntries(
    Object.entries(args).filter(([name, value]) => value !== null && !times.includes(name)),
  );
  const text = new SaidText(said.text, readSaidTime(said.text, said.here).places);
  const placed = new ModelValues(operation.params, operation.name, text).place(given);
  const checked = checkParams(candidate, placed.params, said);
  const faults = [
    ...notAsked(given, permission.fields),
    ...placed.faults,
    ...('faults' in checked ? checked.faults : []),
    ...unaccountedIn(text, {
      operation: operation.name,
      deed: permission.deed,
      fields: placed.fields,
      takesTimes: times.length > 0,
    }),
  ];
  return faults.length > 0 ? { faults } : checked;
}

function notAsked(given: Params, fields: ReadonlySet<string> | 'all'): Fault[] {
  if (fields === 'all') return [];
  return Object.keys(given)
    .filter((name) => !fields.has(name))
    .map((path) => ({ path, message: 'is not for a model to fill in' }));
}
