import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Request, Slots } from './request.ts';

/**
 * Writes `requests.jsonl` from the sentences in `patterns/`: `npm run understand:make`. A block begins with
 * `@ category | operation or ask | slots`, may have a line of fillings (`& P=Website|API`), and goes on with sentences,
 * each behind the letter of its language. `day=-1` is yesterday.
 */
const NOW = '2026-10-14T15:30';
const PLACES: Readonly<Record<string, { lang: string; zone: string; locale: string }>> = {
  e: { lang: 'en', zone: 'Europe/London', locale: 'en-GB' },
  d: { lang: 'de', zone: 'Europe/Berlin', locale: 'de-DE' },
  s: { lang: 'es', zone: 'Europe/Madrid', locale: 'es-ES' },
  f: { lang: 'fr', zone: 'Europe/Paris', locale: 'fr-FR' },
  r: { lang: 'sr', zone: 'Europe/Belgrade', locale: 'sr-Latn-RS' },
};
const TWO_LETTERS: Readonly<Record<string, string>> = { lj: 'љ', nj: 'њ', dž: 'џ' };
const ONE_LETTER = 'аaбbвvгgдdђđеeжžзzиiјjкkлlмmнnоoпpрrсsтtћćуuфfхhцcчčшš';

const KEPT = new Set(['urgent', 'remote', 'h', 'min']);
const PROPER: Readonly<Record<string, string>> = {
  website: 'Website',
  api: 'API',
  'mobile app': 'Mobile App',
  'cafe relaunch': 'Café Relaunch',
};

interface Block {
  category: string;
  op: string;
  slots: Record<string, string>;
  extra: Record<string, string>;
  fillings: { name: string; values: string[] } | undefined;
  sentences: { place: string; own: Record<string, string>; text: string }[];
}

const folder = import.meta.dirname;
const requests = readdirSync(join(folder, 'patterns'))
  .flatMap((file) => blocksIn(readFileSync(join(folder, 'patterns', file), 'utf8')))
  .flatMap(requestsOf);
writeFileSync(
  join(folder, 'requests.jsonl'),
  requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
);
console.log(
  `${requests.length} requests, of which ${requests.filter(({ expect }) => expect === 'ask').length} are to be asked`,
);

function blocksIn(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.split('\n')) {
    const block = blocks.at(-1);
    if (line.startsWith('@ ')) blocks.push(headOf(line.slice(2)));
    else if (line.startsWith('& ') && block) {
      const [name = '', values = ''] = line.slice(2).split('=');
      block.fillings = { name, values: values.split('|') };
    } else if (/^[edsfr][ +]/.test(line) && block) {
      const own = /^.\+(\S[^|]*) \| (.*)$/.exec(line);
      block.sentences.push({
        place: line[0] ?? '',
        own: own ? pairsIn(own[1] ?? '', true) : {},
        text: own?.[2] ?? line.slice(2),
      });
    }
  }
  return blocks;
}

function headOf(line: string): Block {
  const [category = '', op = '', slots = '', extra = ''] = line.split('|').map((part) => part.trim());
  return { category, op, slots: pairsIn(slots), extra: pairsIn(extra), fillings: undefined, sentences: [] };
}

function pairsIn(text: string, isOne = false): Record<string, string> {
  if (isOne) return Object.fromEntries([text.split('=') as [string, string]]);
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=(?:"([^"]*)"|((?:\{\w\}|\S)+))/g)].map(([, name, quoted, plain]) => [
      name,
      quoted ?? plain,
    ]),
  );
}

function requestsOf(block: Block): Request[] {
  const { fillings, sentences } = block;
  return sentences.flatMap(({ place, own, text }, index) => {
    const values = fillings
      ? [
          fillings.values[index % fillings.values.length],
          fillings.values[(index + 1) % fillings.values.length],
        ]
      : [undefined];
    return values.map((value, turn): Request => {
      const isCyrillic = place === 'r' && (index + turn) % 3 === 2 && own['description'] === undefined;
      const said = isCyrillic ? cyrillic(text) : text;
      const fill = (what: string): string =>
        fillings && value !== undefined ? what.replaceAll(`{${fillings.name}}`, value) : what;
      const { lang, zone, locale } = PLACES[place] as (typeof PLACES)[string];
      const slots = slotsOf({ ...block.slots, ...own }, fill, block.extra['now'] ?? NOW);
      const expected: Partial<Request> =
        block.op === 'ask' ? { expect: 'ask' } : { expect: 'act', op: block.op, slots };
      return {
        id: `${block.category}-${place}${index}-${turn}`,
        lang,
        text: fill(said),
        now: block.extra['now'] ?? NOW,
        zone: block.extra['zone'] ?? zone,
        locale: block.extra['locale'] ?? (isCyrillic ? 'sr-Cyrl-RS' : locale),
        category: block.category,
        ...expected,
        ...(block.extra['dst'] ? { dst: true } : {}),
      } as Request;
    });
  });
}

function slotsOf(pairs: Record<string, string>, fill: (what: string) => string, now: string): Slots {
  const slots: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(pairs)) {
    const value = fill(raw);
    if (name === 'minutes') slots[name] = Number(value);
    else if (name === 'billable' || name === 'archived') slots[name] = value === 'true';
    else if (name === 'tags') slots[name] = value.split('+');
    else if (name === 'day') slots[name] = dayFrom(value, now);
    else if (name === 'period')
      slots[name] = {
        from: dayFrom(value.split('..')[0] ?? '', now),
        to: dayFrom(value.split('..')[1] ?? '', now),
      };
    else if (name === 'project') slots[name] = PROPER[value] ?? value;
    else slots[name] = value;
  }
  return slots as Slots;
}

function dayFrom(value: string, now: string): string {
  if (!/^-?\d+$/.test(value)) return value;
  return new Date(Date.parse(`${now.slice(0, 10)}T12:00:00Z`) + Number(value) * 86_400_000)
    .toISOString()
    .slice(0, 10);
}

/** The same in the other script; names, quotations, and what stands at a number stay as they are. */
function cyrillic(text: string): string {
  return text.replace(/\{\w\}|"[^"]*"|#\w+|\d\S*|\b[A-Z]\w*|[\p{L}]+/gu, (piece) =>
    /^[a-zčćšžđ]+$/.test(piece) ? wordInCyrillic(piece) : piece,
  );
}

function wordInCyrillic(word: string): string {
  if (KEPT.has(word)) return word;
  return word.replace(/lj|nj|dž|./g, (letter) => TWO_LETTERS[letter] ?? letterOf(letter));
}

function letterOf(letter: string): string {
  const at = ONE_LETTER.indexOf(letter);
  return at > 0 ? (ONE_LETTER[at - 1] ?? letter) : letter;
}
