import { type ConfigOf, defineSection } from '../config/variable.js';
import { list, oneOf } from '../config/variables.js';
import { checkAddressRange } from './address-allowlist.js';
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
  ({ API_KEYS }) => [...ambiguousSecrets(API_KEYS), ...ambiguousNames(API_KEYS)],
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

export type AccessConfig = ConfigOf<typeof accessConfig>;
