import { realDay } from '../../clock/wall-time.js';
import {
  dayOfMonth,
  dayOfYear,
  lastWeekday,
  monthNamed,
  months,
  nextWeekday,
  oneDay,
  shifted,
  week,
  weekdayOfWeek,
  weekdaySaid,
} from './days.js';
import type { NameKind } from './names.js';
import type { SayingContext } from './outcome.js';
import type { Clock, Days, Operation, Part, Sense } from './sense.js';

type Meaning = (senses: readonly Sense[], argument: unknown, context: SayingContext) => Sense | undefined;

/** What a rule of a table means, from what its pieces mean. */
export function meaningOf(
  name: string,
  senses: readonly Sense[],
  argument: unknown,
  context: SayingContext,
): Sense | undefined {
  const meaning = MEANINGS[name];
  if (!meaning) throw new Error(`no table may mean ${name}`);
  return meaning(senses, argument, context);
}

const minutes = (count: number): Sense | undefined =>
  Number.isFinite(count) ? { is: 'minutes', minutes: Math.round(count * 1000) / 1000 } : undefined;
const days = (found: Days | undefined): Sense | undefined => found && { is: 'days', days: found };
const clock = (minute: number, rest: Partial<Clock> = {}): Sense | undefined =>
  minute >= 0 && minute <= 1440
    ? { is: 'clock', clock: { minute, isOpen: false, isBare: false, ...rest } }
    : undefined;
const part = (...parts: Part[]): Sense => ({ is: 'parts', parts });

function numberIn(senses: readonly Sense[], index: number): number {
  const sense = senses[index];
  return sense?.is === 'number' ? sense.value : sense?.is === 'index' ? sense.index : NaN;
}

function wholeIn(senses: readonly Sense[], index: number): number {
  const sense = senses[index];
  return sense?.is === 'number' && sense.isWhole ? sense.value : NaN;
}

function daysIn(senses: readonly Sense[], index = 0): Days | undefined {
  const sense = senses[index];
  return sense?.is === 'days' ? sense.days : undefined;
}

function clockIn(senses: readonly Sense[], index = 0): Clock | undefined {
  const sense = senses[index];
  return sense?.is === 'clock' ? sense.clock : undefined;
}

function hourOf(hour: number, digits = 2): Sense | undefined {
  const isOpen = hour >= 1 && hour <= 12 && digits < 2;
  return Number.isInteger(hour) && hour <= 24
    ? clock(hour * 60, { isOpen: isOpen || (hour >= 10 && hour <= 12) })
    : undefined;
}

function digitsIn(senses: readonly Sense[], index: number): number {
  const sense = senses[index];
  return sense?.is === 'number' ? sense.digits : 2;
}

/** Of the twelve hours before or after noon. */
function halfDay(senses: readonly Sense[], half: unknown): Sense | undefined {
  const said = clockIn(senses)?.minute ?? wholeIn(senses, 0) * 60;
  if (!(said >= 60 && said < 780) || (half !== 'am' && half !== 'pm')) return undefined;
  return clock((said % 720) + (half === 'pm' ? 720 : 0), { half });
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  none: () => ({ is: 'none' }),
  count: (_, value) => ({ is: 'number', value: value as number, isWhole: true, digits: 1 }),
  index: (_, index) => ({ is: 'index', index: index as number }),

  hours: (_, hours) => minutes((hours as number) * 60),
  'hours-of': (senses) => minutes(numberIn(senses, 0) * 60),
  'hours-and': (senses, part) => minutes((wholeIn(senses, 0) + (part as number)) * 60),
  'hours-minutes': (senses) =>
    wholeIn(senses, 1) < 60 ? minutes(wholeIn(senses, 0) * 60 + wholeIn(senses, 1)) : undefined,
  'hours-minutes-part': (senses) => minutes((wholeIn(senses, 0) + numberIn(senses, 1)) * 60),
  'part-of-hour': (senses) => minutes(numberIn(senses, 0) * 60),
  'one-hour-and': (senses) => (wholeIn(senses, 0) < 60 ? minutes(60 + wholeIn(senses, 0)) : undefined),
  'minutes-of': (senses) => minutes(wholeIn(senses, 0)),
  'as-clock': (senses) => minutes(clockIn(senses)?.minute ?? NaN),

  bare: (senses) => {
    const hour = wholeIn(senses, 0);
    if (!(hour <= 24) || digitsIn(senses, 0) > 2) return undefined;
    return clock(hour * 60, { isOpen: hour >= 1 && hour <= 12, isBare: true });
  },
  time: (senses) => senses[0],
  clear: (senses) => senses[0],
  'on-the-hour': (senses) => hourOf(wholeIn(senses, 0), digitsIn(senses, 0)),
  'hour-minute': (senses) => {
    const [hour, minute] = [wholeIn(senses, 0), wholeIn(senses, 1)];
    return hour <= 23 && minute < 60
      ? clock(hour * 60 + minute, { isOpen: hour >= 1 && hour <= 12 })
      : undefined;
  },
  'half-day': halfDay,
  fixed: (_, minute) => clock(minute as number),
  past: (senses, shift) => {
    const hour = wholeIn(senses, 0);
    return hour >= 1 && hour <= 23 ? clock(hour * 60 + (shift as number), { isOpen: hour <= 12 }) : undefined;
  },

  shift: (_, shift, context) => days(shifted(shift as number, context)),
  ago: (senses, _, context) =>
    wholeIn(senses, 0) <= 400 ? days(shifted(-wholeIn(senses, 0), context)) : undefined,
  'weeks-ago': (senses, _, context) =>
    wholeIn(senses, 0) <= 60 ? days(shifted(-7 * wholeIn(senses, 0), context)) : undefined,
  weekday: (senses, _, context) => days(weekdaySaid(numberIn(senses, 0), context)),
  'last-weekday': (senses, index, context) =>
    days(lastWeekday(typeof index === 'number' ? index : numberIn(senses, 0), context)),
  'this-weekday': (senses, index, context) =>
    days(weekdayOfWeek(typeof index === 'number' ? index : numberIn(senses, 0), 0, context)),
  'next-weekday': (senses, _, context) => days(nextWeekday(numberIn(senses, 0), context)),
  'weekday-of': (senses, weeks, context) =>
    days(weekdayOfWeek(numberIn(senses, 0), weeks as number, context)),
  'day-month': (senses, _, context) => days(dayOfYear(numberIn(senses, 1), wholeIn(senses, 0), context)),
  'month-day': (senses, _, context) => days(dayOfYear(numberIn(senses, 0), wholeIn(senses, 1), context)),
  'day-month-year': (senses) => written(wholeIn(senses, 2), numberIn(senses, 1), wholeIn(senses, 0)),
  'month-day-year': (senses) => written(wholeIn(senses, 2), numberIn(senses, 0), wholeIn(senses, 1)),
  'day-only': (senses, _, context) => days(dayOfMonth(wholeIn(senses, 0), context)),
  date: (senses, _, context) => {
    const [sense] = senses;
    if (sense?.is !== 'text') return sense;
    const [month = NaN, day = NaN] = sense.text.split('-').map(Number);
    return days(dayOfYear(month, day, context));
  },
  dotted: (senses) => senses[0],

  week: (_, weeks, context) => days(week(weeks as number, context)),
  month: (_, shift, context) => days(months(shift as number, 1, context)),
  quarter: (_, shift, context) => days(months(shift as number, 3, context)),
  year: (_, shift, context) => days(months(shift as number, 12, context)),
  'month-named': (senses, _, context) => days(monthNamed(numberIn(senses, 0), undefined, context)),
  'month-named-year': (senses, _, context) =>
    days(monthNamed(numberIn(senses, 0), wholeIn(senses, 1), context)),

  filler: (_, of) => part(of === undefined ? { slot: 'filler' } : { slot: 'filler', of: of as Operation[] }),
  intent: (_, operation) => part({ slot: 'intent', of: [operation as Operation] }),
  'list-day': (senses) => {
    const found = daysIn(senses);
    return found && part({ slot: 'intent', of: ['list_time_entries'] }, { slot: 'days', days: found });
  },
  minutes: ([sense]) =>
    sense?.is === 'minutes' ? part({ slot: 'minutes', minutes: sense.minutes }) : undefined,
  days: (senses) => {
    const found = daysIn(senses);
    return found && part({ slot: 'days', days: found });
  },
  'days-short': (senses, argument, context) => {
    const date = MEANINGS['date']?.(senses, argument, context);
    return date?.is === 'days' ? part({ slot: 'days', days: date.days }) : undefined;
  },
  'days-asked': (senses) => {
    const found = daysIn(senses);
    return found && part({ slot: 'days', days: found }, { slot: 'filler', of: ASKED });
  },
  since: (senses) => {
    const found = daysIn(senses);
    return found && part({ slot: 'since', days: found });
  },
  'days-range': (senses) => {
    const [from, to] = [daysIn(senses), daysIn(senses, 1)];
    if (!from || !to) return undefined;
    const doubt = from.doubt ?? to.doubt;
    return part({
      slot: 'days',
      days: { first: from.first, last: to.last, isOne: false, ...(doubt === undefined ? {} : { doubt }) },
    });
  },
  start: (senses) => {
    const found = clockIn(senses);
    return found && part({ slot: 'start', clock: found });
  },
  end: (senses) => {
    const found = clockIn(senses);
    return found && part({ slot: 'end', clock: found });
  },
  range: (senses) => {
    const [start, end] = [clockIn(senses), clockIn(senses, 1)];
    return start && end && part({ slot: 'range', start, end });
  },
  'range-loose': (senses) => {
    const [start, end] = [clockIn(senses), clockIn(senses, 1)];
    return start && end && part({ slot: 'range', start, end, isLoose: true });
  },
  entity: ([sense], kind) =>
    sense?.is === 'entities'
      ? part({ slot: 'entity', kind: kind as NameKind, entities: sense.entities, isPrefix: sense.isPrefix })
      : undefined,
  tags: (senses) =>
    part({
      slot: 'tags',
      entities: senses.flatMap((sense) => (sense.is === 'entities' ? [sense.entities] : [])),
    }),
  description: ([sense]) =>
    sense?.is === 'text'
      ? part({ slot: 'description', text: sense.text, isQuoted: sense.isQuoted })
      : undefined,
  billable: (_, billable) => part({ slot: 'billable', billable: billable as boolean }),
  'hours-billable': (senses, billable) =>
    part(
      { slot: 'minutes', minutes: numberIn(senses, 0) * 60 },
      { slot: 'billable', billable: billable as boolean },
    ),
  'days-log': (senses) => {
    const found = daysIn(senses);
    return found && part({ slot: 'intent', of: ['create_time_entry'] }, { slot: 'days', days: found });
  },
  archived: () => part({ slot: 'archived' }),
  new: (senses, kind) => {
    const sense = senses.find(({ is }) => is === 'text');
    const operation = `create_${kind as string}` as Operation;
    return sense?.is === 'text'
      ? part({ slot: 'new', operation, kind: kind as NameKind, name: sense.text })
      : undefined;
  },
};

const ASKED: readonly Operation[] = ['list_time_entries', 'report'];

function written(year: number, month: number, day: number): Sense | undefined {
  const found = realDay(year, month, day);
  return found && days(oneDay(found));
}
