/** What people say, and the words of operations that it can mean. All in stems. */
const MEANINGS: Readonly<Record<string, readonly string[]>> = {
  log: ['creat', 'time', 'entry'],
  track: ['creat', 'time', 'entry'],
  book: ['creat', 'time', 'entry'],
  record: ['creat', 'time', 'entry'],
  spent: ['creat', 'time', 'entry'],
  work: ['creat', 'time', 'entry'],
  hour: ['time', 'entry'],
  minut: ['time', 'entry'],
  begin: ['start'],
  finish: ['stop'],
  end: ['stop'],
  add: ['creat'],
  mak: ['creat'],
  new: ['creat'],
  register: ['creat'],
  show: ['list', 'get'],
  display: ['list', 'get'],
  what: ['list', 'get'],
  which: ['list'],
  all: ['list'],
  fetch: ['get', 'list'],
  find: ['get', 'list'],
  me: ['user'],
  my: ['user'],
  myself: ['user'],
  who: ['user'],
  remov: ['delet'],
  renam: ['updat'],
  chang: ['updat'],
  edit: ['updat'],
  modify: ['updat'],
  send: ['post', 'messag'],
  writ: ['post', 'messag'],
  tell: ['post', 'messag'],
  say: ['post', 'messag'],
  dm: ['open', 'dm', 'messag'],
  customer: ['client'],
  company: ['client'],
  absenc: ['time', 'off'],
  vacation: ['time', 'off'],
  teammat: ['user'],
  colleagu: ['user'],
};

/** The words of a text or a name, in a rough common form: `listTimeEntries` and "list time entry" share all. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 0)
    .map(stem);
}

/** The words that somebody says, with what they may stand for. */
export function meaningsOf(text: string): Set<string> {
  return new Set(
    wordsOf(text).flatMap((word) => [word, ...(Object.hasOwn(MEANINGS, word) ? (MEANINGS[word] ?? []) : [])]),
  );
}

function stem(word: string): string {
  let short = word;
  if (word.length > 4 && word.endsWith('ies')) short = `${word.slice(0, -3)}y`;
  else if (word.length > 5 && word.endsWith('ing')) short = word.slice(0, -3);
  else if (word.length > 4 && word.endsWith('ed')) short = word.slice(0, -2);
  else if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) short = word.slice(0, -1);
  return short.length > 3 && short.endsWith('e') ? short.slice(0, -1) : short;
}
