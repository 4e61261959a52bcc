import { type ConfigOf, defineSection, type Parsed } from '../config/variable.js';
import { boolean, integer, list, optionalUrl, text, variable } from '../config/variables.js';

/** Either alphabet of base64. Node would leave out what belongs to none, and take a passphrase for a key. */
const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/_-]{43}=?$/;

function parseEncryptionKey(value: string): Parsed<Buffer> {
  if (/^[0-9a-f]{64}$/i.test(value)) return { value: Buffer.from(value, 'hex') };
  if (BASE64_OF_32_BYTES.test(value)) return { value: Buffer.from(value, 'base64') };
  return {
    mistake: 'must be 32 bytes as 64 hexadecimal digits or as base64 (make one: openssl rand -hex 32)',
  };
}

const postgresUrl = optionalUrl({
  about:
    'Postgres to use (postgres://user:password@host:5432/name). Unset: the embedded Postgres on DATA_DIR.',
  protocols: ['postgres:', 'postgresql:'],
  isSecret: true,
});

/** SQLAlchemy names the driver in the scheme, and its asyncpg has `ssl` for `sslmode`. */
function withoutDriver(text: string): string {
  const [all = '', scheme, driver] = /^(postgres(?:ql)?)\+(\w+):/.exec(text) ?? [];
  if (scheme === undefined) return text;
  const bare = `${scheme}:${text.slice(all.length)}`;
  return driver === 'asyncpg' ? bare.replace(/([?&])ssl=(?=[a-z-]+(?:&|$))/, '$1sslmode=') : bare;
}

const variables = {
  DATABASE_URL: {
    ...postgresUrl,
    otherNames: ['API_STUDIO_DB_URL', 'UNIVERSAL_WEBHOOK_DB_URL'],
    parse: (text: string) => postgresUrl.parse(withoutDriver(text)),
  },
  DATA_DIR: text({
    about: 'Directory of the embedded Postgres; ignored when DATABASE_URL is set.',
    default: './data',
  }),
  DATABASE_POOL_SIZE: integer({
    about: 'Connections to Postgres at the most. The embedded Postgres always has one.',
    default: 10,
    min: 2,
    max: 200,
  }),
  MIGRATE_ON_START: boolean({
    about:
      'Bring the database schema up to date at start. Set false where `npm run migrate` is run before each roll-out.',
    default: true,
  }),
  STARTUP_TIMEOUT_SECONDS: integer({
    about:
      'How long a start waits, unready, for a database that is down before it gives up with exit code 1.',
    default: 60,
    min: 1,
    max: 3600,
  }),
  ENCRYPTION_KEY: variable<Buffer | undefined>({
    kind: 'secret, 32 bytes',
    about:
      'Key for secrets at rest (AES-256-GCM), as 64 hexadecimal digits or base64. On Postgres, needed for stored secrets; the embedded engine makes a key file in DATA_DIR without it.',
    fallback: undefined,
    isSecret: true,
    parse: parseEncryptionKey,
  }),
  ENCRYPTION_KEY_PREVIOUS: list<Buffer>({
    about:
      'Keys that ENCRYPTION_KEY has replaced, comma-separated: they still open what they sealed. Stored secrets are sealed anew at the next start.',
    kind: 'secret, comma-separated keys',
    isSecret: true,
    item: parseEncryptionKey,
  }),
};

export const storageConfig = defineSection('storage', variables, (values) =>
  values.ENCRYPTION_KEY === undefined && values.ENCRYPTION_KEY_PREVIOUS.length > 0
    ? ['ENCRYPTION_KEY_PREVIOUS opens only: set ENCRYPTION_KEY to the key that seals']
    : [],
);

export type StorageConfig = ConfigOf<typeof storageConfig>;
