import { createPublicKey } from 'node:crypto';
import { type ConfigOf, defineSection, type Parsed } from '../config/variable.js';
import { integer, list, textList, variable } from '../config/variables.js';
import { isSecretName } from '../observability/redaction.js';
import { type OwnSourceDefinition, parseOwnSources } from './own-source.definition.js';

function parsePublicKey(text: string): Parsed<string> {
  const pem = text.replaceAll('\\n', '\n');
  try {
    const isRsa = createPublicKey(pem).asymmetricKeyType === 'rsa';
    return isRsa ? { value: pem } : { mistake: 'must be an RSA key' };
  } catch {
    return { mistake: 'must be a public key in PEM (line ends may be written as \\n)' };
  }
}

/** A token, or `sha256:` and the 64 hexadecimal digits of its digest. */
function parsePinnedToken(text: string): Parsed<string | Buffer> {
  if (!text.startsWith('sha256:')) return { value: text };
  const hex = text.slice('sha256:'.length);
  if (!/^[0-9a-f]{64}$/i.test(hex)) return { mistake: 'must have 64 hexadecimal digits after sha256:' };
  return { value: Buffer.from(hex, 'hex') };
}

function parseHeaderName(text: string): Parsed<string> {
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(text) && !isSecretName(text)
    ? { value: text.toLowerCase() }
    : { mistake: 'must be the name of a header that carries no credential' };
}

export const webhooksConfig = defineSection('webhooks', {
  WEBHOOK_SHARED_SECRET: textList({
    about:
      'Secrets, comma-separated, of which a Clockify delivery carries one in X-Webhook-Secret. Two during a rotation.',
    isSecret: true,
  }),
  CLOCKIFY_WEBHOOK_TOKENS: list({
    about:
      'Tokens, comma-separated, that Clockify showed when its webhooks were created or that an add-on was given for its webhooks, each as it is or as sha256: and its digest; Clockify sends them as Clockify-Signature.',
    isSecret: true,
    item: parsePinnedToken,
  }),
  CLOCKIFY_WEBHOOK_ADDON_KEYS: textList({
    about:
      'Manifest keys, comma-separated, of the Clockify add-ons whose signed deliveries are accepted on /webhooks/clockify, from CLOCKIFY_WEBHOOK_WORKSPACES.',
  }),
  CLOCKIFY_WEBHOOK_WORKSPACES: textList({
    about:
      'Ids, comma-separated, of the workspaces whose events are accepted on /webhooks/clockify; * accepts any. Unset: any that a secret or a token of CLOCKIFY_WEBHOOK_TOKENS proves, and none that only the signature of an add-on does.',
  }),
  CLOCKIFY_ADDON_PUBLIC_KEY: variable<string | undefined>({
    kind: 'PEM',
    about:
      "Public key that add-on tokens are verified with. Clockify's own by default; another one is for tests.",
    fallback: undefined,
    parse: parsePublicKey,
  }),
  CLOCKIFY_LEDGER_WORKSPACES: textList({
    about:
      'Workspaces, comma-separated, in whose delivery ledger this service looks hourly for deliveries that never arrived. Needs Clockify credentials.',
  }),
  SLACK_SIGNING_SECRET: textList({
    about: 'Signing secrets, comma-separated, of the Slack apps that deliver to /webhooks/slack.',
    isSecret: true,
  }),
  GITHUB_WEBHOOK_SECRET: textList({
    about: 'Secrets, comma-separated, of the GitHub webhooks that deliver to /webhooks/github.',
    isSecret: true,
  }),
  WEBHOOK_MAX_STORED_MB_PER_DAY: integer({
    about:
      'MiB of bodies that one source may store in a day (UTC); further deliveries of it get 429 until the next. 0: no bound.',
    default: 10_240,
  }),
  WEBHOOK_STORED_HEADERS: list({
    about:
      'Names, comma-separated, of headers that are stored with each event beside those that its source is known to send; nothing secret is.',
    item: parseHeaderName,
  }),
  WEBHOOK_SOURCES: variable<readonly OwnSourceDefinition[]>({
    kind: 'secret, JSON',
    about:
      'Sources of your own by name, each delivering to /webhooks/NAME, with their secrets and headers; docs/webhooks.md shows how.',
    fallback: [],
    isSecret: true,
    parse: parseOwnSources,
  }),
});

export type WebhooksConfig = ConfigOf<typeof webhooksConfig>;
