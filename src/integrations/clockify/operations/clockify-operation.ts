import type { JsonSchema, Operation, Params } from '../../integration.js';
import { CREATION_LOOKUPS } from './creation-table.js';
import { exampleOf } from './operation-example.js';
import { type IndexedOperation, type OperationIndex, operationIndex } from './operation-index.js';
import { type ParamsOptions, paramsSchema } from './operation-params.js';
import { NAMED_OPERATIONS, type NamedOperation, READING_POSTS } from './operation-table.js';

/** What is filled in before the request when the caller leaves it out. */
export type FillIn = 'me' | 'start' | 'end';

interface Description {
  name: string;
  summary: string;
  tag: string;
  target: IndexedOperation;
  listName?: string | undefined;
  example?: Params | undefined;
  requires?: readonly string[];
  fillIns?: readonly FillIn[];
  /** Fixed query parameters that make a general operation a particular one. */
  fixed?: Params;
  /** Answer the first of a list, or null. */
  isFirstOfList?: boolean;
}

/** An operation of the catalogue over one of the index. Schema and example are made on first use. */
export class ClockifyOperation implements Operation {
  readonly name: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly isWrite: boolean;
  readonly isCreation: boolean;
  readonly listName?: string;
  readonly target: IndexedOperation;
  readonly fillIns: readonly FillIn[];
  readonly fixed: Params;
  readonly isFirstOfList: boolean;
  readonly #example: Params | undefined;
  readonly #requires: readonly string[];
  #params: JsonSchema | undefined;
  #madeExample: Params | undefined;

  constructor(
    description: Description,
    private readonly index: OperationIndex,
  ) {
    const { target } = description;
    this.name = description.name;
    this.summary = description.summary;
    this.tags = [description.tag];
    this.target = target;
    this.isWrite = target.method !== 'GET' && !READING_POSTS.has(target.id);
    this.isCreation = target.id in CREATION_LOOKUPS;
    if (description.listName !== undefined) this.listName = description.listName;
    this.fillIns = description.fillIns ?? [];
    this.fixed = description.fixed ?? {};
    this.isFirstOfList = description.isFirstOfList ?? false;
    this.#example = description.example;
    this.#requires = description.requires ?? [];
  }

  get params(): JsonSchema {
    this.#params ??= paramsSchema(this.target, this.index, this.#options());
    return this.#params;
  }

  get example(): Params {
    this.#madeExample ??= this.#example ?? exampleOf(this.params);
    return this.#madeExample;
  }

  #options(): ParamsOptions {
    return {
      optionalPath: this.fillIns.includes('me') ? ['userId'] : [],
      optionalBody: this.fillIns.filter((fillIn) => fillIn !== 'me'),
      requiredBody: this.#requires,
      without: Object.keys(this.fixed),
    };
  }
}

const ENTRY = { workspaceId: '64a687e29ae1f428e7ebe303' };

/** Timers, as people speak of them: small compositions of the vendor's operations. */
function timers(index: OperationIndex): ClockifyOperation[] {
  const tag = 'time-entries';
  return [
    new ClockifyOperation(
      {
        name: 'start_timer',
        summary: 'Start a timer now',
        tag,
        target: index.get('createTimeEntry'),
        fillIns: ['start'],
        example: { ...ENTRY, body: { description: 'Weekly report' } },
      },
      index,
    ),
    new ClockifyOperation(
      {
        name: 'stop_timer',
        summary: 'Stop the running timer now',
        tag,
        target: index.get('stopRunningTimeEntry'),
        fillIns: ['me', 'end'],
        example: ENTRY,
      },
      index,
    ),
    new ClockifyOperation(
      {
        name: 'current_timer',
        summary: 'Get the running timer, or null',
        tag,
        target: index.get('getTimeEntries'),
        fillIns: ['me'],
        fixed: { 'in-progress': true },
        isFirstOfList: true,
        example: ENTRY,
      },
      index,
    ),
  ];
}

function fromTable(named: NamedOperation, index: OperationIndex): ClockifyOperation {
  const { isForMe, id, ...rest } = named;
  const fillIns = isForMe ? (['me'] as const) : [];
  return new ClockifyOperation({ ...rest, target: index.get(id), fillIns }, index);
}

/** The vendor's operation under its own id; it has the summary of the name in words for the same thing. */
function vendors(target: IndexedOperation, index: OperationIndex): ClockifyOperation {
  const named = NAMED_OPERATIONS.find((entry) => entry.id === target.id);
  const summary = named?.summary ?? `${target.method} ${target.path}`;
  return new ClockifyOperation(
    {
      name: target.id,
      summary,
      tag: named?.tag ?? 'time-entries',
      target,
      listName: named?.listName,
      example: named?.isForMe ? undefined : named?.example,
    },
    index,
  );
}

/** Names in words first, then every operation of the vendor's by its own id. */
export function clockifyOperations(index: OperationIndex = operationIndex()): readonly ClockifyOperation[] {
  return [
    ...NAMED_OPERATIONS.map((named) => fromTable(named, index)),
    ...timers(index),
    ...index.operations.map((target) => vendors(target, index)),
  ];
}
