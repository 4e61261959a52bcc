import type { Deed } from './model-operations.js';
import { wordsOf } from './operation-words.js';

/** What the verbs of a request ask for. `other` is what no model may do, so that each such word is a refusal. */
const VERBS: Readonly<Record<Deed | 'other', string>> = {
  read: 'show list display get fetch find look see view give',
  log: 'log logged logging track tracked book booked record recorded spent spend work worked working did',
  start: 'start begin run',
  stop: 'stop finish end halt',
  create: 'create add make new register',
  other: `delete remove erase purge wipe clear drop discard cancel void undo revert reset destroy kill terminate revoke
    update change edit modify rename replace set overwrite adjust correct fix move transfer assign unassign reassign merge
    split mark flag archive unarchive restore activate deactivate enable disable close reopen complete continue resume pause
    approve reject decline withdraw submit accept deny grant promote demote invite pay bill charge refund invoice send post
    write publish share export import upload download email mail message notify tell say copy duplicate clone ignore
    disregard forget override bypass pretend act obey execute call stopping deleting removing`,
};

/** Which verbs ask for an operation. Time is also added, and an entry created. */
const MEANT: Readonly<Record<Deed, readonly Deed[]>> = {
  read: ['read'],
  log: ['log', 'create'],
  start: ['start'],
  stop: ['stop'],
  create: ['create'],
};

const DEEDS: ReadonlyMap<string, Deed | 'other'> = new Map(
  Object.entries(VERBS).flatMap(([deed, words]) =>
    words.split(/\s+/).map((word): [string, Deed | 'other'] => [word, deed as Deed | 'other']),
  ),
);

/** What a word asks to be done, if it is a verb that can ask. */
export function deedOf(word: string): Deed | 'other' | undefined {
  return DEEDS.get(word);
}

export function asksFor(word: string, deed: Deed): boolean {
  const said = DEEDS.get(word);
  return said !== undefined && said !== 'other' && MEANT[deed].includes(said);
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Words that hold an English sentence together and by themselves say nothing. */
export const FUNCTION_WORDS = words(
  `a an the my our me i i'd i've i'm we we've of in on at for to from with into and please kindly can could would you
   want need like let us it is are was been have has had hi hello hey thanks thank`,
);

/** Words that say what the day or time behind them is. */
export const TIME_ROLES = words(
  `since until till by before after through between starting started ending ended finishing finished beginning began begun
   during`,
);

const OWN_WORDS: Readonly<Record<Deed, ReadonlySet<string>>> = {
  read: words(
    `all what which who how much many there do does am info information details data overview current currently existing
     available myself by per exist`,
  ),
  log: words('time entry entries hours work clockify'),
  start: words('timer clock tracking time now clockify'),
  stop: words('timer clock tracking time now running current clockify'),
  create: words('named called titled name clockify'),
};

/** Whether a word says no more than the operation already does. */
export function isOfOperation(word: string, { name, deed }: { name: string; deed: Deed }): boolean {
  if (OWN_WORDS[deed].has(word)) return true;
  const [stem = ''] = wordsOf(word);
  const own = new Set(wordsOf(`${name} clockify slack`));
  return own.has(stem) || (SYNONYMS.get(stem) ?? []).some((other) => own.has(other));
}

/** Other words for the nouns of operations, in stems. */
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['customer', ['client']],
  ['company', ['client']],
  ['me', ['user']],
  ['my', ['user']],
  ['myself', ['user']],
  ['profil', ['user']],
  ['member', ['user']],
  ['colleagu', ['user']],
  ['teammat', ['user']],
  ['people', ['user']],
  ['hour', ['entry']],
  ['absenc', ['off']],
  ['vacation', ['off']],
]);

/** What a name in the text is said to be, by the fields that take it. */
const LABELS: ReadonlyMap<string, readonly string[]> = new Map([
  ['workspac', ['workspace']],
  ['project', ['project']],
  ['task', ['task']],
  ['client', ['client']],
  ['customer', ['client']],
  ['tag', ['tag']],
  ['tagg', ['tag']],
  ['user', ['user']],
  ['member', ['user']],
  ['group', ['group', 'userGroup']],
  ['invoic', ['invoice']],
  ['expens', ['expense']],
  ['policy', ['policy']],
  ['entry', ['entry']],
  ['not', ['note']],
  ['description', ['description']],
  ['described', ['description']],
  ['named', ['name']],
  ['called', ['name']],
  ['titled', ['name']],
  ['nam', ['name']],
]);

/** Of "note" and "not" the stem is the same, and only one of them is a label. */
export function labelOf(word: string): readonly string[] | undefined {
  if (word === 'not') return undefined;
  const [stem = ''] = wordsOf(word);
  return LABELS.get(word) ?? LABELS.get(stem);
}
