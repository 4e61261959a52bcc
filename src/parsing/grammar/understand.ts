import { wallSeconds } from '../../clock/wall-time.js';
import { actionFor } from './action-params.js';
import { Chart } from './chart.js';
import { LANGUAGES, type Language } from './compiled.js';
import { type Cover, coversOf, unreadIn } from './covers.js';
import { Doubt } from './doubt.js';
import { gather } from './gathered.js';
import { type Meant, meantBy } from './meant.js';
import type { Entity } from './names.js';
import type {
  ActionOutcome,
  Outcome,
  QuestionOutcome,
  ReadSlot,
  RefusalOutcome,
  SayingContext,
  Unread,
} from './outcome.js';
import type { Operation, Part } from './sense.js';
import { keyOf, type Token, tokensOf } from './tokens.js';

const LONGEST_CHARACTERS = 500;
const MOST_TOKENS = 60;
const MOST_OPTIONS = 5;
const QUERIES: readonly Operation[] = [
  'current_timer',
  'list_time_entries',
  'report',
  'list_projects',
  'list_clients',
  'list_tags',
  'list_tasks',
  'list_users',
  'list_workspaces',
  'help',
];
/** Invisible characters, and those that turn the direction of what is read. */
const UNSEEN = /[\p{Cf}\p{Cc}\p{Co}\p{Cs}]/u;

const TIME_DOUBTS: ReadonlySet<string> = new Set([
  'before_or_after_noon',
  'in_the_future',
  'nothing',
  'too_long',
  'clocks_skip',
  'clocks_repeat',
  'clocks_change',
  'range_or_duration',
  'disagree',
  'too_old',
  'began_the_day_before',
  'several_days',
  'open_ended',
]);

interface Found {
  meant: Meant;
  cover: Cover;
  chart: Chart;
}

interface Doubted {
  doubt: Doubt;
  cover: Cover;
  chart: Chart;
}

/** What a sentence asks for: one action, a question where it may be several, or a refusal that names what was not read. */
export function understand(text: string, context: SayingContext): Outcome {
  if (text.length > LONGEST_CHARACTERS)
    return refusal('too_long', [{ text: text.slice(0, 40), from: 0, to: text.length }]);
  const unseen = UNSEEN.exec(text.replace(/[\t\n\r]/g, ' '));
  if (unseen)
    return refusal('unseen_characters', [
      { text: unseen[0], from: unseen.index, to: unseen.index + unseen[0].length },
    ]);
  const { tokens, isAsked } = sentenceOf(text);
  if (tokens.length === 0 || tokens.length > MOST_TOKENS)
    return refusal('nothing_to_read', [{ text, from: 0, to: text.length }]);
  const exact = readIn(chartsOf(text, tokens, context, false), isAsked);
  const outcome = outcomeOf(exact, context);
  if (outcome) return outcome;
  const charts = chartsOf(text, tokens, context, true);
  return outcomeOf(readIn(charts, isAsked), context) ?? notRead(text, tokens, charts, context);
}

/** The pieces of the sentence without the marks at its ends. */
function sentenceOf(text: string): { tokens: readonly Token[]; isAsked: boolean } {
  const all = tokensOf(text);
  let end = all.length;
  let isAsked = false;
  while (end > 0 && /^[.!?]$/.test(all[end - 1]?.text ?? '') && all[end - 1]?.kind === 'mark') {
    if (isDateDot(all, end - 1)) break;
    isAsked ||= all[end - 1]?.text === '?';
    end--;
  }
  let from = 0;
  while (from < end && /^[¿¡]$/.test(all[from]?.text ?? '')) from++;
  return { tokens: all.slice(from, end), isAsked };
}

/** The dot of `5.10.` belongs to the date. */
function isDateDot(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return tokens[at]?.text === '.' && before?.kind === 'number' && /^\d{1,2}\.\d{1,2}$/.test(before.text);
}

function chartsOf(
  text: string,
  tokens: readonly Token[],
  context: SayingContext,
  mayBegin: boolean,
): Chart[] {
  const first = context.locale?.slice(0, 2).replace(/hr|bs|cnr/, 'sr');
  const languages = [...LANGUAGES].sort((a, b) => Number(b.code === first) - Number(a.code === first));
  return languages.map((language: Language) => new Chart(text, tokens, language, context, mayBegin));
}

function readIn(charts: readonly Chart[], isAsked: boolean): { found: Found[]; doubted: Doubted[] } {
  const found: Found[] = [];
  const doubted: Doubted[] = [];
  for (const chart of charts) {
    for (const cover of coversOf(chart)) {
      const said = gather(cover);
      if (!said) continue;
      const meant = said instanceof Doubt ? said : meantBy(said, chart.language.code, chart.context);
      const doubt =
        meant instanceof Doubt
          ? meant
          : isAsked && !QUERIES.includes(meant.operation)
            ? new Doubt('intent', 'is_a_question')
            : undefined;
      if (doubt) doubted.push({ doubt, cover, chart });
      else if (!(meant instanceof Doubt)) found.push({ meant, cover, chart });
    }
  }
  return { found, doubted };
}

function outcomeOf(
  { found, doubted }: { found: readonly Found[]; doubted: readonly Doubted[] },
  context: SayingContext,
): ActionOutcome | QuestionOutcome | undefined {
  const whole = inLongestPieces(found);
  const [first] = whole;
  const inLonger =
    first && doubted.find((one) => isOfTime(one.doubt) && timesIn(one.cover) < timesIn(first.cover));
  if (inLonger) return question(inLonger, context);
  if (first) {
    const meanings = new Set(whole.map(({ meant }) => keyOfMeant(meant)));
    if (meanings.size === 1) return action(first, context);
    return question(
      { doubt: new Doubt('intent', 'several_readings'), cover: first.cover, chart: first.chart },
      context,
    );
  }
  const [doubt] = doubted;
  return doubt && question(doubt, context);
}

/** "from 9h to 11h" is one span rather than nine hours that begin at eleven. */
function inLongestPieces(found: readonly Found[]): readonly Found[] {
  const fewest = Math.min(...found.map(({ cover }) => timesIn(cover)));
  return found.filter(({ cover }) => timesIn(cover) === fewest);
}

/** What is told by a doubt about times was read, and is no sign that it was read wrong. */
function isOfTime({ reason }: Doubt): boolean {
  return TIME_DOUBTS.has(reason);
}

function timesIn(cover: Cover): number {
  const times = new Set(['minutes', 'start', 'end', 'range', 'days', 'since']);
  return cover.filter(({ parts }) => parts.some(({ slot }) => times.has(slot))).length;
}

function keyOfMeant(meant: Meant): string {
  return JSON.stringify({ ...meant, assumed: undefined }, (_key, value: unknown) =>
    isEntity(value) ? value.id : value,
  );
}

function isEntity(value: unknown): value is Entity {
  return typeof value === 'object' && value !== null && 'id' in value && 'kind' in value;
}

function action({ meant, cover, chart }: Found, context: SayingContext): ActionOutcome {
  return {
    outcome: 'action',
    integration: 'clockify',
    ...actionFor(meant, context),
    language: chart.language.code,
    summary: summaryOf(meant, context),
    slots: slotsOf(cover, chart),
    assumed: meant.assumed,
  };
}

function question({ doubt, cover, chart }: Doubted, { names }: SayingContext): QuestionOutcome {
  const { slot, reason } = doubt;
  const options = doubt.options
    .slice(0, MOST_OPTIONS)
    .map((entity, index) => ({ id: String(index + 1), label: labelOf(entity, names) }));
  return {
    outcome: 'question',
    language: chart.language.code,
    question: { slot, reason, text: `Which ${slot}? (${reason.replaceAll('_', ' ')})`, options, free: true },
    slots: slotsOf(cover, chart),
  };
}

function labelOf({ name, clientId, projectId }: Entity, names: SayingContext['names']): string {
  const owner = clientId ?? projectId;
  const of = owner === undefined ? undefined : names.byId(owner)?.name;
  return of === undefined ? name : `${name} (${of})`;
}

function slotsOf(cover: Cover, chart: Chart): ReadSlot[] {
  return cover.flatMap(({ from, end, parts }) => {
    const [first, last] = [chart.tokens[from], chart.tokens[end - 1]];
    if (!first || !last) return [];
    const place = { text: chart.text.slice(first.from, last.to), from: first.from, to: last.to };
    return parts
      .filter(({ slot }) => slot !== 'filler')
      .map((part) => ({ slot: slotName(part), ...place, value: valueOf(part) }));
  });
}

function slotName(part: Part): string {
  if (part.slot === 'entity') return part.kind;
  return part.slot === 'minutes' ? 'duration' : part.slot;
}

function valueOf(part: Part): unknown {
  switch (part.slot) {
    case 'entity':
      return part.entities.map(({ id, name }) => ({ id, name }));
    case 'tags':
      return part.entities.flat().map(({ id, name }) => ({ id, name }));
    case 'minutes':
      return `PT${part.minutes}M`;
    case 'intent':
      return part.of[0];
    case 'days':
    case 'since':
      return part.days;
    case 'start':
    case 'end':
      return part.clock;
    case 'range':
      return { start: part.start, end: part.end };
    case 'description':
      return part.text;
    case 'billable':
      return part.billable;
    case 'new':
      return part.name;
    default:
      return true;
  }
}

/** One line for people. */
function summaryOf(meant: Meant, { zone }: SayingContext): string {
  const wall = (ms: number | undefined): string =>
    ms === undefined ? '' : wallSeconds(ms, zone).slice(0, 16).replace('T', ' ');
  const pieces = [
    meant.operation.replaceAll('_', ' '),
    meant.name,
    meant.project && `on ${meant.project.name}${meant.client ? ` (${meant.client.name})` : ''}`,
    meant.task && `task ${meant.task.name}`,
    meant.startMs === undefined
      ? undefined
      : `${wall(meant.startMs)}${meant.endMs === undefined ? '' : ` to ${wall(meant.endMs)}`} ${zone}`,
    meant.description && JSON.stringify(meant.description),
  ];
  return pieces.filter((piece) => piece !== undefined && piece !== '').join(', ');
}

/** Names the words that no part holds; where one of them is like a name, asks whether that is meant. */
function notRead(
  text: string,
  tokens: readonly Token[],
  charts: readonly Chart[],
  context: SayingContext,
): Outcome {
  const best = charts
    .map((chart) => ({ chart, unread: unreadIn(chart) }))
    .sort((a, b) => a.unread.length - b.unread.length)[0];
  const unread = best?.unread.map((at) => tokens[at]).filter((token) => token !== undefined) ?? [];
  if (unread.length === 0 || !best) return refusal('no_request', [{ text, from: 0, to: text.length }]);
  const near = context.names.nearest(keyOf(unread), MOST_OPTIONS);
  if (near.length > 0)
    return question(
      { doubt: new Doubt('project', 'no_such_name', near), cover: [], chart: best.chart },
      context,
    );
  return refusal(
    'not_understood',
    unread.map(({ from, to }) => ({ text: text.slice(from, to), from, to })),
  );
}

function refusal(reason: string, unread: readonly Unread[]): RefusalOutcome {
  return { outcome: 'refusal', reason, unread };
}
