import { parseArgs } from 'node:util';
import { ROLES } from '../access/access.decorators.js';
import { digestOf, newSecret, parseConfiguredKey } from '../access/api-key.js';
import { BOUNDS, NO_BOUND_ADMIN, ONLY_VIEWERS, readScope } from '../access/scope.js';

const USAGE = `Usage: npm run keys:create -- NAME ROLE (${ROLES.join(', ')})
  [--workspaces A,B] [--sources …] [--integrations …] [--operations clockify.list_clients,…] [--flows …] [--no-payloads]
`;

/** `npm run keys:create -- NAME ROLE`: makes a key and prints what to configure. Nothing is stored. */
try {
  process.stdout.write(created(process.argv.slice(2)));
} catch (error) {
  const why = error instanceof Error && error.message !== '' ? `${error.message}\n` : '';
  process.stderr.write(`${why}${USAGE}`);
  process.exitCode = 1;
}

function created(args: string[]): string {
  const text = { type: 'string' } as const;
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    allowNegative: true,
    options: {
      ...Object.fromEntries(BOUNDS.map((bound) => [bound, text])),
      payloads: { type: 'boolean' },
    },
  });
  const [name = '', role = '', ...rest] = positionals;
  if (name === '' || rest.length > 0) throw new Error('');
  const secret = newSecret();
  const entry = parseConfiguredKey(`${name}:${role}:${secret}`);
  if ('mistake' in entry) throw new Error(`The entry ${entry.mistake}.`);
  const scope = scopeOf(values, entry.value.role);
  return [
    'The key, for the caller; it is shown once and stored nowhere:',
    `    ${secret}`,
    'Its entry in API_KEYS, comma-separated with the others:',
    `    ${name}:${role}:sha256:${digestOf(secret).toString('hex')}`,
    ...(scope === undefined
      ? []
      : ['Its part of API_KEY_SCOPES, beside those of others:', `    ${JSON.stringify({ [name]: scope })}`]),
    '',
  ].join('\n');
}

function scopeOf(values: Readonly<Record<string, unknown>>, role: string): object | undefined {
  const { payloads, ...texts } = values;
  const bounds = Object.fromEntries(
    Object.entries(texts).map(([bound, text]) => [bound, String(text).split(',')]),
  );
  const read = readScope(bounds);
  if ('mistake' in read) throw new Error(`The scope ${read.mistake}.`);
  const isBound = Object.keys(bounds).length > 0;
  if (isBound && role === 'admin') throw new Error(`A scope ${NO_BOUND_ADMIN}.`);
  if (payloads === false && role !== 'viewer') throw new Error(`Payloads ${ONLY_VIEWERS}.`);
  if (!isBound && payloads !== false) return undefined;
  return { ...bounds, ...(payloads === false ? { payloads } : {}) };
}
