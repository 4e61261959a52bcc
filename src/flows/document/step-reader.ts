import { readCondition } from './condition-reader.js';
import { durationMs } from '../../clock/iso-duration.js';
import { type FaultList, type Fields, isFields, join } from './fault-list.js';
import { type RetryPolicy, type Step, STEP_KINDS, type StepKind } from './flow-definition.js';
import { instantMs } from '../../clock/instant.js';
import { convertReferences } from './legacy-path.js';
import { isTemplate } from '../expressions/template.js';

const DEEPEST = 8;
const MOST_STEPS = 200;
const STEP_ID = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const COMMON_KEYS = ['id', 'name', 'continueOnError'];
const OWN_KEYS: Readonly<Record<StepKind, readonly string[]>> = {
  action: ['action', 'params', 'retry', 'timeout'],
  if: ['if', 'then', 'else'],
  for_each: ['for_each', 'as', 'max', 'steps'],
  wait: ['wait'],
  transform: ['transform'],
  stop: ['stop'],
  call_flow: ['call_flow', 'input'],
};
export const LOOP_MAX = 1000;
const RESERVED_NAMES = ['event', 'payload', 'steps', 'flow', 'now', 'secrets'];

export class StepReader {
  readonly #ids = new Set<string>();

  constructor(private readonly faults: FaultList) {}

  read(value: unknown, path: string, depth = 0): Step[] {
    if (depth > DEEPEST) {
      this.faults.add(path, `is nested deeper than ${DEEPEST} levels`);
      return [];
    }
    const items = this.faults.list(value, path, MOST_STEPS);
    return items.flatMap((item, i) => this.#readStep(item, { path: `${path}[${i}]`, depth }) ?? []);
  }

  #readStep(item: unknown, at: { path: string; depth: number }): Step | undefined {
    const { path } = at;
    if (!isFields(item)) return this.faults.add(path, 'must be an object');
    const kinds = STEP_KINDS.filter((kind) => Object.hasOwn(item, kind));
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
      return this.faults.add(path, `must have exactly one of ${STEP_KINDS.join(', ')}`);
    }
    this.faults.object(item, path, [...COMMON_KEYS, ...OWN_KEYS[kind]]);
    const base = this.#readBase(item, path, kind);
    return base && this.#readKind(kind, item, base, at);
  }

  #readBase(item: Fields, path: string, kind: StepKind): { id: string } | undefined {
    const id = item['id'] ?? this.#freeId(kind);
    if (typeof id !== 'string' || !STEP_ID.test(id)) {
      return this.faults.add(
        join(path, 'id'),
        'must be letters, digits and underscores, at most 64, not beginning with a digit',
      );
    }
    if (this.#ids.has(id)) this.faults.add(join(path, 'id'), `${id} is the id of another step too`);
    this.#ids.add(id);
    const name =
      item['name'] === undefined ? undefined : this.faults.text(item['name'], join(path, 'name'), 255);
    const goesOn =
      item['continueOnError'] === undefined
        ? undefined
        : this.faults.boolean(item['continueOnError'], join(path, 'continueOnError'));
    return { id, ...(name ? { name } : {}), ...(goesOn === undefined ? {} : { continueOnError: goesOn }) };
  }

  #freeId(kind: StepKind): string {
    for (let n = this.#ids.size + 1; ; n++) if (!this.#ids.has(`${kind}_${n}`)) return `${kind}_${n}`;
  }

  #readKind(
    kind: StepKind,
    item: Fields,
    base: { id: string },
    at: { path: string; depth: number },
  ): Step | undefined {
    const { path, depth } = at;
    switch (kind) {
      case 'action':
        return this.#readAction(item, base, path);
      case 'if': {
        const condition = readCondition(item['if'], join(path, 'if'), this.faults);
        const then = this.read(item['then'] ?? [], join(path, 'then'), depth + 1);
        const otherwise = this.read(item['else'] ?? [], join(path, 'else'), depth + 1);
        // oxlint-disable-next-line unicorn/no-thenable -- the document's own word; a list cannot be called
        return condition && { ...base, if: condition, then, else: otherwise };
      }
      case 'for_each':
        return this.#readLoop(item, base, at);
      case 'wait':
        return this.#readWait(item['wait'], base, join(path, 'wait'));
      case 'transform':
        return { ...base, transform: convertReferences(item['transform']) };
      case 'stop':
        return this.#readStop(item['stop'], base, join(path, 'stop'));
      case 'call_flow': {
        const flow = this.faults.text(item['call_flow'], join(path, 'call_flow'), 255);
        const input = item['input'] === undefined ? '{{ payload }}' : convertReferences(item['input']);
        return flow === undefined ? undefined : { ...base, call_flow: flow, input };
      }
    }
  }

  #readAction(item: Fields, base: { id: string }, path: string): Step | undefined {
    const action = readActionName(item['action']);
    if (action === undefined) {
      return this.faults.add(
        join(path, 'action'),
        'must be integration.operation, such as slack.post_message',
      );
    }
    const params = item['params'] ?? {};
    if (!isFields(params)) return this.faults.add(join(path, 'params'), 'must be an object');
    const retry =
      item['retry'] === undefined ? undefined : this.#readRetry(item['retry'], join(path, 'retry'));
    const timeout =
      item['timeout'] === undefined
        ? undefined
        : this.#readDuration(item['timeout'], join(path, 'timeout'), 3600);
    return {
      ...base,
      action,
      params: convertReferences(params) as Fields,
      ...(retry ? { retry } : {}),
      ...(timeout === undefined ? {} : { timeout }),
    };
  }

  #readLoop(item: Fields, base: { id: string }, at: { path: string; depth: number }): Step | undefined {
    const { path, depth } = at;
    const list = item['for_each'];
    if (!Array.isArray(list) && !isTemplate(list)) {
      this.faults.add(
        join(path, 'for_each'),
        'must be a list, or an expression that gives one: "{{ payload.items }}"',
      );
    }
    const as = item['as'] ?? 'item';
    if (typeof as !== 'string' || !STEP_ID.test(as) || RESERVED_NAMES.includes(as)) {
      return this.faults.add(join(path, 'as'), `must be a name, and not ${RESERVED_NAMES.join(', ')}`);
    }
    const max =
      item['max'] === undefined
        ? 100
        : this.faults.integer(item['max'], join(path, 'max'), { min: 1, max: LOOP_MAX });
    const steps = this.read(item['steps'], join(path, 'steps'), depth + 1);
    return max === undefined ? undefined : { ...base, for_each: convertReferences(list), as, max, steps };
  }

  #readWait(value: unknown, base: { id: string }, path: string): Step | undefined {
    const given = isFields(value) ? this.faults.object(value, path, ['for', 'until']) : { for: value };
    const { for: length, until } = given ?? {};
    if ((length === undefined) === (until === undefined)) {
      return this.faults.add(path, 'must be a duration such as PT2H, or {until: instant}');
    }
    if (until !== undefined) {
      const text = this.faults.text(until, join(path, 'until'), 4000);
      if (text === undefined) return undefined;
      if (!isTemplate(text) && instantMs(text) === undefined) {
        return this.faults.add(
          join(path, 'until'),
          'must be an instant with its offset or Z, such as 2027-01-31T08:00:00Z',
        );
      }
      return { ...base, wait: { until: text } };
    }
    const text = isTemplate(length) ? length : this.#readDuration(length, path, 366 * 86_400);
    return text === undefined ? undefined : { ...base, wait: { for: text } };
  }

  #readStop(value: unknown, base: { id: string }, path: string): Step | undefined {
    if (value === true || value === null) return { ...base, stop: { status: 'succeeded' } };
    const given = this.faults.object(value, path, ['status', 'message']);
    if (!given) return undefined;
    const status = given['status'] ?? 'succeeded';
    if (status !== 'succeeded' && status !== 'failed') {
      return this.faults.add(join(path, 'status'), 'must be succeeded or failed');
    }
    const message =
      given['message'] === undefined
        ? undefined
        : this.faults.text(given['message'], join(path, 'message'), 2000);
    return { ...base, stop: { status, ...(message === undefined ? {} : { message }) } };
  }

  #readRetry(value: unknown, path: string): RetryPolicy | undefined {
    const given = this.faults.object(value, path, ['attempts', 'delay', 'maxDelay']);
    if (!given) return undefined;
    const attempts = this.faults.integer(given['attempts'] ?? 3, join(path, 'attempts'), { min: 1, max: 20 });
    const delay = this.#readDuration(given['delay'] ?? 'PT2S', join(path, 'delay'), 86_400);
    const maxDelay = this.#readDuration(given['maxDelay'] ?? 'PT5M', join(path, 'maxDelay'), 86_400);
    if (attempts === undefined || delay === undefined || maxDelay === undefined) return undefined;
    return { attempts, delay, maxDelay };
  }

  #readDuration(value: unknown, path: string, maxSeconds: number): string | undefined {
    const ms = typeof value === 'string' ? durationMs(value) : undefined;
    if (ms === undefined)
      return this.faults.add(path, 'must be an ISO 8601 duration such as PT30S, PT2H or P1D');
    if (ms > maxSeconds * 1000) return this.faults.add(path, `must be at most ${maxSeconds} seconds`);
    return value as string;
  }
}

function readActionName(value: unknown): string | undefined {
  const text = isFields(value) ? `${String(value['integration'])}.${String(value['operation'])}` : value;
  return typeof text === 'string' && /^[a-z][\w-]*\.[\w.-]+$/i.test(text) && text.length <= 200
    ? text
    : undefined;
}
