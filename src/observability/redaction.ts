const HIDDEN = '[redacted]';
const SHORTEST_SECRET = 6;

/**
 * What looks like a credential whoever it belongs to: bearer tokens, JWTs, our own keys, secrets in query strings, URL
 * passwords. Whoever sends a text must not make it slow: the head of a JWT has no hyphen, since JSON in ASCII gives none,
 * so that no two tries run over the same characters.
 */
const SHAPES =
  /\b(Bearer|Basic) +[\w.~+/=-]{6,}|\beyJ\w{8,}\.[\w-]{8,}\.[\w-]*|\bcb[kc]_[\w-]{20,}|\b([\w-]{0,40}(?:token|secret|signature|passw(?:or)?d|passphrase|pwd|(?:api|access|application|app|private|account|signing)[_-]?key|credentials?)|sig|code)=[^&\s"'\\]+|(:\/\/[^\s:/@"']*:)[^\s@/"']+@/gi;

/** A function that hides credentials in any text: those configured or opened, and whatever has a credential's shape. */
export function createRedactor(secretTexts: readonly string[]): (text: string) => string {
  const exact = patternOf(secretTexts);
  return (text) => {
    const withoutKnown = exact ? text.replace(exact, HIDDEN) : text;
    const withoutOpened = openedPattern ? withoutKnown.replace(openedPattern, HIDDEN) : withoutKnown;
    return withoutOpened.replace(SHAPES, (_all, scheme?: string, parameter?: string, userinfo?: string) => {
      if (scheme) return `${scheme} ${HIDDEN}`;
      if (parameter) return `${parameter}=${HIDDEN}`;
      if (userinfo) return `${userinfo}${HIDDEN}@`;
      return HIDDEN;
    });
  };
}

/** Characters in all. */
const OPENED_MAX = 262_144;
let opened: string[] = [];
let openedPattern: RegExp | undefined;

/** For secrets that the process comes to know after its start: every redactor hides them from now on, the oldest no longer when there are too many. */
export function hideFromNowOn(secretTexts: readonly string[]): void {
  const fresh = secretTexts.filter((text) => !opened.includes(text));
  if (fresh.length === 0) return;
  opened = [...opened, ...new Set(fresh)];
  let length = opened.reduce((sum, text) => sum + text.length, 0);
  while (length > OPENED_MAX) length -= opened.shift()?.length ?? length;
  openedPattern = patternOf(opened);
}

function patternOf(secretTexts: readonly string[]): RegExp | undefined {
  const known = [...new Set(secretTexts.flatMap(writings))].filter((s) => s.length >= SHORTEST_SECRET);
  return known.length > 0 ? new RegExp(byLength(known).map(escape).join('|'), 'g') : undefined;
}

/** A secret as it stands, and as it stands inside a JSON line or a URL. */
function writings(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}

/** Longest first, so that a secret that contains another is hidden whole. */
function byLength(texts: readonly string[]): string[] {
  return [...texts].sort((a, b) => b.length - a.length);
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** Header and field names whose values are credentials, in lower case. */
const SECRET_NAMES =
  /^(authorization|proxy-authorization|cookie|set-cookie|x-api-key|x-addon-token|x-addon-lifecycle-token|x-webhook-secret|clockify-signature(-token)?|x-slack-signature|x-hub-signature(-256)?|x-marketplace-token)$|token|secret|passw(or)?d|passphrase|pwd|signature|(api|access|application|app|private|account|signing)[-_]?key|credential/i;

export function isSecretName(name: string): boolean {
  return SECRET_NAMES.test(name);
}

/** The place of a stored secret, with no more around it than the scheme of a header: there is nothing to hide in it. */
const PLACEHOLDER = /^(?:[A-Za-z][A-Za-z-]{0,19} )?\{\{ secrets\.[a-z][a-z0-9_]{0,63} \}\}$/;

export function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && PLACEHOLDER.test(value);
}

/** A copy of headers or other flat fields with the values of secret names hidden. */
export function redactFields<T>(fields: Readonly<Record<string, T>>): Record<string, T | string> {
  return Object.fromEntries(
    Object.entries(fields).map(([k, v]) => [k, isSecretName(k) && !isPlaceholder(v) ? HIDDEN : v]),
  );
}
