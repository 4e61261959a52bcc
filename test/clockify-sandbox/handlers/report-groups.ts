import type { Fields } from '../sandbox-entity.js';
import type { ReportEntry } from './report-entries.js';

export interface Group extends Fields {
  id: string;
  name: string;
  duration: number;
  amount: number;
  children: Fields[];
  entries: ReportEntry[];
}

type Key = { id: string; name: string };

const WITHOUT: Readonly<Record<string, string>> = {
  PROJECT: '(Without project)',
  CLIENT: '(Without client)',
  TASK: '(Without task)',
  TAG: '(Without tag)',
};

/** Which groups an entry belongs to; it counts in each of its tags. */
function keysOf(entry: ReportEntry, group: string): Key[] {
  const named = (id: string | null, name: unknown): Key[] => [
    { id: id ?? '', name: id === null ? (WITHOUT[group] ?? '') : String(name) },
  ];
  switch (group) {
    case 'PROJECT':
      return named(entry.projectId, entry['projectName']);
    case 'CLIENT':
      return named(entry.clientId, entry['clientName']);
    case 'TASK':
      return named(entry.taskId, entry['taskName']);
    case 'USER':
      return named(entry.userId, entry['userName']);
    case 'TAG':
      if (entry.tags.length === 0) return named(null, '');
      return entry.tags.map((tag) => ({ id: tag.id, name: String(tag['name']) }));
    case 'MONTH':
      return named(entry.start.slice(0, 7), entry.start.slice(0, 7));
    case 'WEEK':
      return named(mondayOf(entry.start), mondayOf(entry.start));
    case 'DATE':
      return named(entry.start.slice(0, 10), entry.start.slice(0, 10));
    default:
      return named(String(entry['description']), entry['description']);
  }
}

/** Groups within groups, as many levels as there are names, each with its own sums. */
export function grouped(entries: readonly ReportEntry[], [group, ...rest]: readonly string[]): Group[] {
  if (group === undefined) return [];
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    for (const { id, name } of keysOf(entry, group)) {
      const one = groups.get(id) ?? { id, name, duration: 0, amount: 0, children: [], entries: [] };
      one.duration += entry.seconds;
      one.amount += entry.amount;
      one.entries.push(entry);
      groups.set(id, one);
    }
  }
  return [...groups.values()].map((one) => ({
    ...one,
    nameLowerCase: one.name.toLowerCase(),
    children: grouped(one.entries, rest).map(({ entries: _entries, ...child }) => child),
  }));
}

/** One row of sums, as reports have it; none where there are no entries. */
export function totals(entries: readonly ReportEntry[]): Fields[] {
  if (entries.length === 0) return [];
  const sum = (of: readonly ReportEntry[]): number =>
    of.reduce((seconds, entry) => seconds + entry.seconds, 0);
  const earned = entries.reduce((amount, entry) => amount + entry.amount, 0);
  return [
    {
      id: '',
      totalTime: sum(entries),
      totalBillableTime: sum(entries.filter((entry) => entry.billable)),
      entriesCount: entries.length,
      amounts: [{ type: 'EARNED', value: earned }],
    },
  ];
}

function mondayOf(date: string): string {
  const day = new Date(date);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}
