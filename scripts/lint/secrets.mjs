import { containersOf, nameOf } from './installation.mjs';

const SECRET_NAME = /(SECRET|PASSWORD|TOKENS?|API_KEYS?|ENCRYPTION_KEY|DATABASE_URL|REDIS_URL)$/;
const SHORTEST = 4;

/** Secrets are in Secrets: neither by name nor by value anywhere else, and never in a variable of the environment. */
export function* lintSecrets(installation) {
  for (const object of installation.ofKind('ConfigMap')) {
    for (const name of Object.keys(object.data ?? {})) {
      if (SECRET_NAME.test(name)) yield `${nameOf(object)} has ${name}`;
    }
  }
  for (const [owner, { spec }] of installation.pods()) {
    for (const { name, value } of containersOf(spec).flatMap(({ env = [] }) => env)) {
      if (value && SECRET_NAME.test(name) && name !== 'SECRET_NAME')
        yield `${nameOf(owner)} has ${name} in its environment`;
    }
  }
  const texts = [...installation.ofKind('Secret')].flatMap((secret) => [
    ...Object.values(secret.stringData ?? {}),
    ...Object.values(secret.data ?? {}).map((data) => Buffer.from(data, 'base64').toString()),
  ]);
  const secrets = texts.filter((text) => text.length >= SHORTEST);
  for (const object of installation.objects) {
    if (object.kind === 'Secret') continue;
    const shown = stringsIn(object).some((text) => secrets.some((secret) => text.includes(secret)));
    if (shown) yield `${nameOf(object)} shows a value of a Secret`;
  }
}

function stringsIn(value) {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(stringsIn) : [];
}
