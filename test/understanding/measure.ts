import type { NameIndex } from '../../src/parsing/grammar/names.ts';
import type { DateOrder, Outcome, SayingContext } from '../../src/parsing/grammar/outcome.ts';
import type { Request, Slots, Workspace } from './request.ts';
import { entitiesOf } from './workspace-names.ts';

/** What is measured, given to it so that a test may measure what it compiles itself. */
export interface Reader {
  understand(text: string, context: SayingContext): Outcome;
  NameIndex: new (entities: ReturnType<typeof entitiesOf>) => NameIndex;
  instantOf(wall: WallTime, zone: string): number;
  wallSeconds(ms: number, zone: string): string;
}

type WallTime = { year: number; month: number; day: number; hour: number; minute: number };
/** `right` and `wrong` were carried out, the others were not. */
export type Verdict = 'right' | 'wrong' | 'asked' | 'rightly-asked' | 'wrong-on-ask';

export interface Judged {
  request: Request;
  verdict: Verdict;
  outcome: Outcome;
  got?: { op: string; slots: Slots };
  faults: readonly string[];
}

/** Reads every request and judges what came of it. */
export function measure(requests: readonly Request[], workspace: Workspace, reader: Reader): Judged[] {
  const names = new reader.NameIndex(entitiesOf(workspace));
  return requests.map((request) => {
    const outcome = reader.understand(request.text, contextOf(request, names, reader));
    if (outcome.outcome !== 'action')
      return { request, outcome, verdict: request.expect === 'act' ? 'asked' : 'rightly-asked', faults: [] };
    const got = decoded(outcome, { names, zone: request.zone, reader });
    if (request.expect === 'ask')
      return {
        request,
        outcome,
        got,
        verdict: request.ok_to_act ? 'right' : 'wrong-on-ask',
        faults: ['was to be asked'],
      };
    const faults = faultsOf(request, got, names);
    return { request, outcome, got, verdict: faults.length === 0 ? 'right' : 'wrong', faults };
  });
}

function contextOf({ now, zone, locale }: Request, names: NameIndex, reader: Reader): SayingContext {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = now.split(/\D/).map(Number);
  const { weekStart, dateOrder, hours12 } = habitsOf(locale);
  return {
    nowMs: reader.instantOf({ year, month, day, hour, minute }, zone),
    zone,
    ...(locale === undefined ? {} : { locale }),
    weekStart,
    dateOrder,
    hours12,
    workspaceId: 'workspace',
    names,
  };
}

/** What Clockify's profile would say, taken from where somebody lives. */
export function habitsOf(locale: string | undefined): {
  weekStart: number;
  dateOrder: DateOrder | undefined;
  hours12: boolean;
} {
  if (locale === undefined || locale === 'en') return { weekStart: 0, dateOrder: undefined, hours12: false };
  const isUs = locale === 'en-US';
  return { weekStart: isUs ? 6 : 0, dateOrder: isUs ? 'mdy' : 'dmy', hours12: isUs };
}

interface Decoding {
  names: NameIndex;
  zone: string;
  reader: Reader;
}

function decoded(
  outcome: Extract<Outcome, { outcome: 'action' }>,
  { names, zone, reader }: Decoding,
): { op: string; slots: Slots } {
  const { params } = outcome;
  const name = (id: unknown): string | undefined =>
    typeof id === 'string' ? (names.byId(id)?.name ?? id) : undefined;
  const wall = (at: unknown): string | undefined =>
    typeof at === 'string' ? reader.wallSeconds(Date.parse(at), zone).slice(0, 16) : undefined;
  const op = outcome.operation === 'summary_report' ? 'report' : outcome.operation;
  const isWindow = op === 'report' || op === 'list_time_entries';
  const from = wall(params['start'] ?? params['dateRangeStart']);
  const to = wall(params['end'] ?? params['dateRangeEnd']);
  const minutes =
    from && to && !isWindow
      ? (Date.parse(String(params['end'])) - Date.parse(String(params['start']))) / 60_000
      : undefined;
  const slots: Record<string, unknown> = {
    ...(isWindow
      ? { period: from && to ? { from: from.slice(0, 10), to: to.slice(0, 10) } : undefined }
      : { start: from, end: to, minutes, day: from?.slice(0, 10) }),
    project: name(params['projectId'] ?? params['project'] ?? firstId(params['projects'])),
    client: name(params['clientId'] ?? params['clients'] ?? firstId(params['clients'])),
    task: name(params['taskId']),
    tags: Array.isArray(params['tagIds']) ? params['tagIds'].map(name) : undefined,
    description: params['description'],
    billable: params['billable'],
    name: params['name'],
    archived: params['archived'],
  };
  const projectId = params['projectId'] ?? params['project'];
  const owner = typeof projectId === 'string' ? names.byId(projectId)?.clientId : undefined;
  slots['client'] ??= name(owner);
  return {
    op,
    slots: Object.fromEntries(Object.entries(slots).filter(([, value]) => value !== undefined)) as Slots,
  };
}

function firstId(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { ids?: unknown[] }).ids?.[0] : value;
}

function faultsOf(
  { op, slots = {}, text }: Request,
  got: { op: string; slots: Slots },
  _names: NameIndex,
): string[] {
  if (op !== got.op) return [`${got.op} in place of ${op}`];
  const faults: string[] = [];
  for (const [slot, wanted] of Object.entries(slots)) {
    const found = (got.slots as Record<string, unknown>)[slot];
    if (!isSame(wanted, found) && !(slot === 'archived' && wanted === false && found === undefined))
      faults.push(`${slot} ${JSON.stringify(found)} in place of ${JSON.stringify(wanted)}`);
  }
  for (const slot of [
    'project',
    'task',
    'tags',
    'description',
    'billable',
    'period',
    'archived',
    'name',
  ] as const)
    if (got.slots[slot] !== undefined && !(slot in slots))
      faults.push(`${slot} ${JSON.stringify(got.slots[slot])} was not said in ${JSON.stringify(text)}`);
  const isTimer = op === 'start_timer' && got.slots.start !== undefined && slots.start === undefined;
  return isTimer ? [...faults, `start ${got.slots.start} was not said`] : faults;
}

function isSame(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(found) && plain([...wanted].sort()) === plain([...found].sort());
  return plain(wanted) === plain(found);
}

function plain(value: unknown): string {
  return (JSON.stringify(value) ?? '').toLowerCase().replace(/\s+/g, ' ');
}

export interface Figures {
  act: number;
  ask: number;
  right: number;
  wrong: number;
  asked: number;
  rightlyAsked: number;
  wrongOnAsk: number;
  /** Of what is to be carried out, how much was; lines that may as well be asked count where they were carried out. */
  coverage: number;
  /** Of what was carried out, how much was what was meant. */
  precision: number;
}

export function figuresOf(judged: readonly Judged[]): Figures {
  const count = (verdict: Verdict): number => judged.filter((one) => one.verdict === verdict).length;
  const excused = judged.filter(({ verdict, request }) => verdict === 'asked' && request.ok_to_ask).length;
  const act = judged.filter(({ request }) => request.expect === 'act').length;
  const rightActs = judged.filter(
    ({ verdict, request }) => verdict === 'right' && request.expect === 'act',
  ).length;
  const right = count('right');
  const wrong = count('wrong');
  const wrongOnAsk = count('wrong-on-ask');
  return {
    act,
    ask: judged.length - act,
    right,
    wrong,
    asked: count('asked'),
    rightlyAsked: count('rightly-asked'),
    wrongOnAsk,
    coverage: percent(rightActs, act - excused),
    precision: percent(right, right + wrong + wrongOnAsk),
  };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : (100 * part) / whole;
}

/** A fifth that nobody looks at while building: what holds there was not fitted. */
export function isHeldBack(id: string): boolean {
  let hash = 2166136261;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619) >>> 0;
  return hash % 5 === 0;
}
