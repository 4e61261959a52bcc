import { readCondition } from './condition-reader.js';
import { durationMs } from '../../clock/iso-duration.js';
import { FaultList, type Fields, isFields, join } from './fault-list.js';
import type { FlowDefinition, FlowLimits, FlowTrigger } from './flow-definition.js';
import { convertLegacyDocument, isLegacyDocument } from './legacy-document.js';
import { StepReader } from './step-reader.js';

const KEYS = ['name', 'description', 'enabled', 'trigger', 'conditions', 'steps', 'limits'];
/** What an answer of ours adds to a document; whoever sends it back need not cut it off. */
const ANSWER_KEYS = ['id', 'version', 'createdAt', 'updatedAt', 'createdBy', 'cost', 'paused', 'warnings'];

/** A document, today's or the predecessors', as a definition. Adds every fault with its path to the list. */
export function readDefinition(document: unknown, faults: FaultList): FlowDefinition | undefined {
  if (!isFields(document)) return faults.add('', 'must be an object');
  const given = withoutAnswerKeys(isLegacyDocument(document) ? convertLegacyDocument(document) : document);
  faults.object(given, '', KEYS);
  const name = faults.text(given['name'], 'name', 255)?.trim();
  const description = isGiven(given['description'])
    ? faults.text(given['description'], 'description', 4000)
    : undefined;
  const enabled = given['enabled'] === undefined ? true : faults.boolean(given['enabled'], 'enabled');
  const trigger = readTrigger(given['trigger'] ?? {}, faults);
  const conditions = isGiven(given['conditions'])
    ? readCondition(given['conditions'], 'conditions', faults)
    : undefined;
  const steps = new StepReader(faults).read(given['steps'], 'steps');
  if (Array.isArray(given['steps']) && given['steps'].length === 0)
    faults.add('steps', 'must have at least one step');
  const limits = readLimits(given['limits'] ?? {}, faults);
  if (faults.faults.length > 0 || name === undefined || enabled === undefined) return undefined;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    enabled,
    trigger,
    ...(conditions ? { conditions } : {}),
    steps,
    limits,
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function withoutAnswerKeys(document: Fields): Fields {
  return Object.fromEntries(Object.entries(document).filter(([key]) => !ANSWER_KEYS.includes(key)));
}

const TRIGGER_KEYS = ['source', 'events', 'workspace', 'schedule'];

function readTrigger(value: unknown, faults: FaultList): FlowTrigger {
  const given = faults.object(value, 'trigger', TRIGGER_KEYS) ?? {};
  const schedule = given['schedule'];
  if (schedule !== undefined && !isFields(schedule)) faults.add('trigger.schedule', 'must be an object');
  return {
    source: readTexts(given['source'], 'trigger.source', faults),
    events: readTexts(given['events'], 'trigger.events', faults),
    workspace: readTexts(given['workspace'], 'trigger.workspace', faults),
    ...(isFields(schedule) ? { schedule } : {}),
  };
}

/** One text or a list of them. */
function readTexts(value: unknown, path: string, faults: FaultList): string[] {
  if (!isGiven(value)) return [];
  if (typeof value === 'string') return [faults.text(value, path, 200)].filter((text) => text !== undefined);
  return faults
    .list(value, path, 100)
    .map((item, i) => faults.text(item, `${path}[${i}]`, 200))
    .filter((text) => text !== undefined);
}

function readLimits(value: unknown, faults: FaultList): FlowLimits {
  const given = faults.object(value, 'limits', ['steps', 'runTime', 'concurrency']) ?? {};
  const limits: FlowLimits = {};
  if (given['steps'] !== undefined) {
    const steps = faults.integer(given['steps'], join('limits', 'steps'), { min: 1, max: 100_000 });
    if (steps !== undefined) limits.steps = steps;
  }
  if (given['concurrency'] !== undefined) {
    const concurrency = faults.integer(given['concurrency'], 'limits.concurrency', { min: 1, max: 10_000 });
    if (concurrency !== undefined) limits.concurrency = concurrency;
  }
  if (given['runTime'] !== undefined) {
    const ms = typeof given['runTime'] === 'string' ? durationMs(given['runTime']) : undefined;
    if (ms === undefined || ms === 0)
      faults.add('limits.runTime', 'must be an ISO 8601 duration such as PT10M');
    else limits.runTime = given['runTime'] as string;
  }
  return limits;
}
