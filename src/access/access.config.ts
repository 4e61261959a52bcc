import { type ConfigOf, defineSection } from '../config/variable.js';
import { list, oneOf, variable } from '../config/variables.js';
import { quoted } from '../errors/quoted.js';
import { NO_BOUND_ADMIN, ONLY_VIEWERS } from './scope.js';
import { checkAddressRange } from './address-allowlist.js';
import { KeyScopes, parseKeyScopes } from './key-scopes.js';
import { type ConfiguredKey, parseConfiguredKey, secretPartOf } from './api-key.js';

export const accessConfig = defineSection(
  'access',
  {
    API_KEYS: list({
      about:
        'API keys, comma-separated, each name:role:secret-or-sha256; role is viewer, operator or admin, with +trustModel behind it to carry out unconfirmed what a model read. Make one: npm run keys:create -- NAME ROLE.',
      isSecret: true,
      item: parseConfiguredKey,
      secretPart: secretPartOf,
    }),
    API_KEY_SCOPES: variable({
      about:
        'What keys of API_KEYS are bound to, by name, as JSON: {"ci": {"workspaces": ["…"], "sources": […], "integrations": […], "operations": ["clockify.list_clients"], "flows": […], "payloads": false}}; each part may be left out.',
      kind: 'JSON object',
      fallback: new KeyScopes(),
      parse: parseKeyScopes,
    }),
    AUTH_MODE: oneOf(['auto', 'keys', 'open'], {
      about:
        'keys: every call needs an API key. open: none does, anywhere. auto: as keys, but open on a loopback HOST without API_KEYS.',
      default: 'auto',
    }),
    WEBHOOK_IP_ALLOWLIST: list({
      about:
        'Addresses and CIDR ranges, comma-separated, that may deliver webhooks; the client address is the one TRUST_PROXY permits. Unset: all.',
      item: checkAddressRange,
    }),
  },
  ({ API_KEYS, API_KEY_SCOPES }) => [
    ...ambiguousSecrets(API_KEYS),
    ...ambiguousNames(API_KEYS),
    ...misfits(API_KEYS, API_KEY_SCOPES),
  ],
);

/** A secret stands for one caller: which of two it was, with which role, could not be told. */
function ambiguousSecrets(keys: readonly ConfiguredKey[]): string[] {
  return keys.flatMap((key, i) => {
    const first = keys.findIndex(({ digest }) => digest.equals(key.digest));
    const other = keys[first];
    const isSame =
      other?.name === key.name && other.role === key.role && other.trustsModel === key.trustsModel;
    return isSame
      ? []
      : [`API_KEYS entries ${first + 1} and ${i + 1} have the same secret; give each its own`];
  });
}

/** A name stands for one caller too, who has two secrets while one is replaced. */
function ambiguousNames(keys: readonly ConfiguredKey[]): string[] {
  return keys.flatMap((key, i) => {
    const first = keys.findIndex(({ name }) => name === key.name);
    const other = keys[first];
    const isSame = other?.role === key.role && other.trustsModel === key.trustsModel;
    return isSame
      ? []
      : [
          `API_KEYS entries ${first + 1} and ${i + 1} have the name ${key.name} but not the same role; give each its own name`,
        ];
  });
}

/** A scope for nobody is a misspelt name, and its key would be bound to nothing. */
function misfits(keys: readonly ConfiguredKey[], scopes: KeyScopes): string[] {
  return [...scopes].flatMap(([name, { scope, seesNoPayloads }]) => {
    const key = keys.find((candidate) => candidate.name === name);
    if (!key) return [`API_KEY_SCOPES has ${quoted(name)}, and API_KEYS has no key of that name`];
    return [
      ...(scope && key.role === 'admin' ? [`API_KEY_SCOPES: the scope of ${name} ${NO_BOUND_ADMIN}`] : []),
      ...(seesNoPayloads && key.role !== 'viewer'
        ? [`API_KEY_SCOPES: payloads of ${name} ${ONLY_VIEWERS}`]
        : []),
    ];
  });
}

export type AccessConfig = ConfigOf<typeof accessConfig>;
