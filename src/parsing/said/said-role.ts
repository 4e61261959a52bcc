/** What a day or an instant is in its sentence: "since monday", "until friday", "between … and …". */
export type Role = 'from' | 'since' | 'after' | 'to' | 'until' | 'before' | 'between' | 'and' | 'dash';

const ROLES: Readonly<Record<string, Role>> = {
  from: 'from',
  since: 'since',
  starting: 'since',
  after: 'after',
  to: 'to',
  until: 'until',
  till: 'until',
  through: 'until',
  by: 'until',
  ending: 'until',
  ended: 'until',
  finishing: 'until',
  finished: 'until',
  before: 'before',
  between: 'between',
  and: 'and',
  '-': 'dash',
  '–': 'dash',
  '—': 'dash',
};
const WORD =
  /(?:(?<![\w-])(from|since|starting|after|to|until|till|through|by|ending|ended|finishing|finished|before|between|and)|([-–—]))(?: on| at| the)? ?$/;
const LONGEST = 20;

/** The role that the words before a place give to what stands there. */
export function roleAt(text: string, index: number): Role | undefined {
  const match = WORD.exec(text.slice(Math.max(0, index - LONGEST), index));
  return match ? ROLES[match[1] ?? match[2] ?? ''] : undefined;
}
