import { COMMON_RULES } from './common-rules.js';
import { ENGLISH } from './languages/english.js';
import { FRENCH } from './languages/french.js';
import { GERMAN } from './languages/german.js';
import { SERBIAN } from './languages/serbian.js';
import { SPANISH } from './languages/spanish.js';
import { type LanguageCode, type LanguageTable, type Rule, WORD_CLASSES } from './language.js';
import { waysOf } from './pattern.js';
import { isNear } from './spelling.js';
import { tokensOf } from './tokens.js';

/** Where a pattern goes on, and what has been said where it ends. */
export interface Node {
  words: Map<string, Node>;
  gluedWords: Map<string, Node>;
  categories: { category: string; isGlued: boolean; node: Node }[];
  ends: { meaning: string; argument: unknown }[];
}

export interface Language {
  code: LanguageCode;
  categories: ReadonlyMap<string, Node>;
  /** Every word that means something here. */
  words: ReadonlySet<string>;
  /** Words that say when, how much, or that it is not so: no description and no name holds them without quotes. */
  telling: ReadonlySet<string>;
}

const NEGATIONS: Readonly<Record<LanguageCode, string>> = {
  en: "not no never don' didn' doesn' won' cannot without except minus nothing none if unless maybe perhaps",
  de: 'nicht kein keine keinen keinem nie niemals ohne außer minus nichts falls wenn vielleicht abzüglich',
  es: 'no nunca sin excepto menos nada si tampoco jamás quizás',
  fr: "ne n' pas jamais sans sauf moins rien si aucun aucune peut",
  sr: 'ne nije nisam nemoj nikad nikada bez osim minus ništa ako možda nismo',
};
const SMALL: readonly (typeof WORD_CLASSES)[number][] = [
  'and',
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
  'of_client',
  'article',
  'ordinal',
];

export const LANGUAGES: readonly Language[] = [ENGLISH, GERMAN, SPANISH, FRENCH, SERBIAN].map(compiled);

/** Said in another language it still says when, or that it is not so: free text holds none of these. */
const TELLING_ANYWHERE: ReadonlySet<string> = new Set(
  LANGUAGES.flatMap(({ telling }) => [...telling]).filter((word) => word.length > 3),
);
const MOST_REMEMBERED = 10_000;
const remembered = new Map<string, boolean>();

/** Whether a word is, or may be meant for, one that says when, how much, or that it is not so. */
export function mayTell(word: string): boolean {
  const known = remembered.get(word);
  if (known !== undefined) return known;
  const found = TELLING_ANYWHERE.has(word) || isNear(word, TELLING_ANYWHERE);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(word, found);
  return found;
}

function compiled(table: LanguageTable): Language {
  const categories = new Map<string, Node>();
  for (const [category, rule] of rulesOf(table)) addRule(categories, category, rule);
  return { code: table.code, categories, words: wordsOf(categories), telling: tellingOf(table) };
}

function* rulesOf(table: LanguageTable): Generator<[string, Rule]> {
  for (const [category, rules] of [...Object.entries(COMMON_RULES), ...Object.entries(table.rules)])
    for (const rule of rules) yield [category, rule];
  for (const wordClass of WORD_CLASSES)
    if (table.words[wordClass] !== '') yield [wordClass, [`(${table.words[wordClass]})`, 'none']];
  for (const [word, value] of Object.entries(table.numbers)) yield ['number_word', [word, 'count', value]];
  for (const [index, words] of table.weekdays.entries()) yield ['weekday', [`(${words})`, 'index', index]];
  for (const [index, words] of table.months.entries()) yield ['month', [`(${words})`, 'index', index + 1]];
}

function addRule(categories: Map<string, Node>, category: string, [pattern, meaning, argument]: Rule): void {
  const root = categories.get(category) ?? emptyNode();
  categories.set(category, root);
  for (const way of waysOf(pattern)) {
    let node = root;
    for (const element of way) node = next(node, element);
    if (way.length > 0) node.ends.push({ meaning, argument });
  }
}

function next(node: Node, element: ReturnType<typeof waysOf>[number][number]): Node {
  if ('word' in element) {
    const words = element.isGlued ? node.gluedWords : node.words;
    const known = words.get(element.word) ?? emptyNode();
    words.set(element.word, known);
    return known;
  }
  const { category, isGlued } = element;
  const known = node.categories.find((found) => found.category === category && found.isGlued === isGlued);
  if (known) return known.node;
  const made = emptyNode();
  node.categories.push({ category, isGlued, node: made });
  return made;
}

function emptyNode(): Node {
  return { words: new Map(), gluedWords: new Map(), categories: [], ends: [] };
}

function wordsOf(categories: ReadonlyMap<string, Node>): Set<string> {
  const words = new Set<string>();
  const collect = (node: Node): void => {
    for (const [word, inner] of [...node.words, ...node.gluedWords]) {
      words.add(word);
      collect(inner);
    }
    for (const { node: inner } of node.categories) collect(inner);
  };
  for (const node of categories.values()) collect(node);
  return words;
}

function tellingOf(table: LanguageTable): Set<string> {
  const small = new Set(SMALL.flatMap((wordClass) => keysOf(table.words[wordClass])));
  const patterns = ['day', 'period', 'minutes', 'clock'].flatMap((category) =>
    (table.rules[category] ?? []).map(([pattern]) => pattern.replace(/\{\w+\}|[()[\]|~]/g, ' ')),
  );
  const said = [
    ...patterns,
    ...table.weekdays,
    ...table.months,
    table.words.billable,
    table.words.not_billable,
    NEGATIONS[table.code],
  ].flatMap(keysOf);
  return new Set(said.filter((word) => word.length > 1 && !small.has(word)));
}

function keysOf(text: string): string[] {
  return tokensOf(text.replaceAll('|', ' '))
    .filter(({ kind }) => kind === 'word')
    .map(({ folded }) => folded);
}
