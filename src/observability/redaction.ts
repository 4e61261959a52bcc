const HIDDEN = '[redacted]';
const SHORTEST_SECRET = 6;

/**
 * What looks like a credential whoever it belongs to: bearer tokens, JWTs, our own keys, secrets in query strings, URL
 * passwords. Whoever sends a text must not make it slow: the head of a JWT has no hyphen, since JSON in ASCII gives none,
 * so that no two tries run over the same characters.
 */
const SHAPES =
  /\b(Bearer|Basic) +[\w.~+/=-]{6,}|\beyJ\w{8,}\.[\w-]{8,}\.[\w-]*|\bcb[kc]_[\w-]{20,}|\b([\w-]{0,40}(?:token|secret|signature|passw(?:or)?d|passphrase|pwd|(?:api|access|application|app|private|account|signing)[_-]?key|credentials?)|sig|code)=[^&\s"'\\]+|(:\/\/[^\s:/@"']*:)[^\s@/"']+@/gi;

/** A function that hides credentials in any text: those configured, and whatever has a credential's shape. */
export function createRedactor(secretTexts: readonly string[]): (text: string) => string {
  const known = [...new Set(secretTexts.flatMap(writings))].filter((s) => s.length >= SHORTEST_SECRET);
  const exact = known.length > 0 ? new RegExp(byLength(known).map(escape).join('|'), 'g') : undefined;
  return (text) => {
    const withoutKnown = exact ? text.replace(exact, HIDDEN) : text;
    return withoutKnown.replace(SHAPES, (_all, scheme?: string, parameter?: string, userinfo?: string) => {
      if (scheme) return `${scheme} ${HIDDEN}`;
      if (parameter) return `${parameter}=${HIDDEN}`;
      if (userinfo) return `${userinfo}${HIDDEN}@`;
      return HIDDEN;
    });
  };
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

/** A copy of headers or other flat fields with the values of secret names hidden. */
export function redactFields<T>(fields: Readonly<Record<string, T>>): Record<string, T | string> {
  return Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, isSecretName(k) ? HIDDEN : v]));
}
