export type LanguageCode = 'en' | 'de' | 'es' | 'fr' | 'sr';

/** A way to say something, what kind of meaning it has, and what distinguishes it from others of the kind. */
export type Rule = readonly [pattern: string, meaning: string, argument?: unknown];

/** How things are said in one language. `|` parts ways to say the same. */
export interface LanguageTable {
  code: LanguageCode;
  /** Numbers in words. */
  numbers: Readonly<Record<string, number>>;
  /** Monday first. */
  weekdays: readonly string[];
  months: readonly string[];
  /** Small words by what they are good for; see `common-rules.ts`. */
  words: Readonly<Record<WordClass, string>>;
  rules: Readonly<Record<string, readonly Rule[]>>;
}

export const WORD_CLASSES = [
  'hour',
  'minute',
  'and',
  'ordinal',
  'at',
  'from',
  'to',
  'between',
  'from_day',
  'to_day',
  'until',
  'for_time',
  'on_day',
  'on_date',
  'month_of',
  'of_days',
  'since',
  'on_project',
  'project',
  'of_client',
  'client',
  'task',
  'tag',
  'description',
  'billable',
  'not_billable',
  'polite',
  'article',
  'new_client',
  'new_project',
  'new_task',
  'new_tag',
  'named',
  'archived',
  'of_activity',
  'activity_word',
  'within_activity',
  'person_word',
] as const;
export type WordClass = (typeof WORD_CLASSES)[number];
