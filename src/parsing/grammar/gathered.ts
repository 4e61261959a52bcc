import type { Cover } from './covers.js';
import { isSameDay } from './days.js';
import { Doubt } from './doubt.js';
import type { Entity } from './names.js';
import type { Clock, Days, Operation, Part } from './sense.js';

/** All parts of a sentence by what they say. */
export interface Gathered {
  operation: Operation;
  /** The operation was said by a word, and not only by what there is. */
  isSaid: boolean;
  minutes?: number;
  days?: Days;
  since?: Days;
  range?: { start: Clock; end: Clock; isLoose: boolean };
  start?: Clock;
  end?: Clock;
  projects: readonly (readonly Entity[])[];
  clients: readonly (readonly Entity[])[];
  tasks: readonly (readonly Entity[])[];
  tags: readonly (readonly Entity[])[];
  description?: string;
  isQuoted: boolean;
  billable?: boolean;
  isArchived: boolean;
  name?: string;
}

type Of<S extends Part['slot']> = Extract<Part, { slot: S }>;

/** What the parts of a cover say together. A doubt where they say two things; undefined where they are no request. */
export function gather(cover: Cover): Gathered | Doubt | undefined {
  const parts = cover.flatMap(({ parts: said }) => said);
  const all = <S extends Part['slot']>(slot: S): Of<S>[] =>
    parts.filter((part): part is Of<S> => part.slot === slot);
  const operation = operationOf(parts);
  if (!operation) return undefined;
  const twice = saidTwice(parts);
  if (twice) return new Doubt(twice, 'several_entries');
  const named = (kind: Of<'entity'>['kind']): (readonly Entity[])[] =>
    all('entity')
      .filter((part) => part.kind === kind)
      .map(({ entities }) => entities);
  const [minutes, days, since, range, start, end] = [
    all('minutes')[0],
    all('days')[0],
    all('since')[0],
    all('range')[0],
    all('start')[0],
    all('end')[0],
  ];
  const [description, billable, made] = [all('description')[0], all('billable')[0], all('new')[0]];
  return {
    operation,
    isSaid: all('intent').length + all('new').length > 0,
    projects: named('project'),
    clients: named('client'),
    tasks: named('task'),
    tags: all('tags').flatMap(({ entities }) => entities),
    isArchived: all('archived').length > 0,
    isQuoted: description?.isQuoted === true,
    ...(minutes && { minutes: minutes.minutes }),
    ...(days && { days: days.days }),
    ...(since && { since: since.days }),
    ...(range && { range: { start: range.start, end: range.end, isLoose: range.isLoose === true } }),
    ...(start && { start: start.clock }),
    ...(end && { end: end.clock }),
    ...(description && { description: description.text }),
    ...(billable && { billable: billable.billable }),
    ...(made && { name: made.name }),
  };
}

/** The one operation that all parts can be of. */
function operationOf(parts: readonly Part[]): Operation | undefined {
  const said = parts.flatMap((part) =>
    part.slot === 'intent' ? part.of : part.slot === 'new' ? [part.operation] : [],
  );
  const [operation = 'create_time_entry', second] = said;
  if (second !== undefined) return undefined;
  const isPossible = parts.every(
    (part) => part.slot !== 'filler' || part.of === undefined || part.of.includes(operation),
  );
  return isPossible ? operation : undefined;
}

const ONCE: readonly Part['slot'][] = [
  'minutes',
  'since',
  'range',
  'start',
  'end',
  'description',
  'billable',
  'archived',
  'new',
];

/** The first thing that is said twice, and is not the same both times. */
function saidTwice(parts: readonly Part[]): string | undefined {
  const twice = ONCE.find((slot) => parts.filter((part) => part.slot === slot).length > 1);
  if (twice) return twice;
  for (const kind of ['project', 'client', 'task'])
    if (parts.filter((part) => part.slot === 'entity' && part.kind === kind).length > 1) return kind;
  const days = parts.flatMap((part) => (part.slot === 'days' ? [part.days] : []));
  const [first] = days;
  return first && days.some((other) => !isSame(first, other)) ? 'day' : undefined;
}

function isSame(a: Days, b: Days): boolean {
  return isSameDay(a.first, b.first) && isSameDay(a.last, b.last);
}
