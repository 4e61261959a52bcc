import {
  type ConfigOf,
  defineSection,
  type Parsed,
  type ValuesOf,
  type Variable,
} from '../config/variable.js';
import {
  boolean,
  integer,
  list,
  oneOf,
  optionalInteger,
  optionalUrl,
  text,
  variable,
} from '../config/variables.js';
import { type StorageConfig, storageConfig } from '../storage/storage.config.js';
import {
  MANIFEST_RULES,
  MANIFEST_SCOPES,
  MANIFEST_VERSIONS,
  type ManifestScope,
  PLANS,
} from './manifest/manifest-facts.js';

export const ADDON_SLUGS = ['api-studio', 'universal-webhook'] as const;
export type AddonSlug = (typeof ADDON_SLUGS)[number];

const slugNamed = (value: string): AddonSlug | undefined => ADDON_SLUGS.find((slug) => slug === value);
const NOT_A_SLUG = `must be one of ${ADDON_SLUGS.join(', ')}`;

function parseSlug(value: string): Parsed<AddonSlug> {
  const slug = slugNamed(value);
  return slug === undefined ? { mistake: NOT_A_SLUG } : { value: slug };
}

export interface AddonHost {
  host: string;
  slug: AddonSlug;
}

/** `studio.example.com=api-studio`, with its port where that is not the usual one. */
function parseHost(value: string): Parsed<AddonHost> {
  const [host = '', name = ''] = value.split('=');
  const slug = slugNamed(name.trim());
  const isHost =
    URL.parse(`http://${host.trim()}`)?.pathname === '/' && /^[a-z0-9.:[\]-]+$/i.test(host.trim());
  if (slug === undefined || !isHost)
    return { mistake: `must be HOST=ADD-ON, the add-on being one of ${ADDON_SLUGS.join(', ')}` };
  return { value: { host: host.trim().toLowerCase(), slug } };
}

function parseScope(value: string): Parsed<ManifestScope> {
  const scope = MANIFEST_SCOPES.find((known) => known === value);
  return scope === undefined ? { mistake: 'must be a scope such as PROJECT_READ' } : { value: scope };
}

const KEY = /^[A-Za-z0-9._-]{2,50}$/;

function addonKey(d: { about: string; default: string }): Variable<string> {
  const parse = (value: string): Parsed<string> =>
    KEY.test(value)
      ? { value }
      : { mistake: 'must have 2 to 50 letters, digits, dots, hyphens or underscores' };
  return { ...text(d), parse };
}

const scopes = (about: string) => list<ManifestScope>({ about, item: parseScope });
const events = (about: string) => list<string>({ about, item: (value) => ({ value }) });
const days = (about: string, byDefault: number) => integer({ about, default: byDefault, max: 3650 });
const requestsPerSecond = (about: string) => integer({ about, default: 25, min: 1, max: 50 });

const variables = {
  ADDONS: list<AddonSlug>({
    about: `Clockify add-ons, comma-separated, that this service is: ${ADDON_SLUGS.join(', ')}. None by default.`,
    item: parseSlug,
  }),
  ADDON_HOSTS: list<AddonHost>({
    about:
      'Hosts, comma-separated, of which each is one add-on from its root on: studio.example.com=api-studio.',
    item: parseHost,
  }),
  ADDON_DEFAULT: variable<AddonSlug | undefined>({
    kind: ADDON_SLUGS.join(' | '),
    about: 'The add-on that the other hosts are, beside everything else that this service is.',
    fallback: undefined,
    parse: parseSlug,
  }),
  ADDON_MANIFEST_VERSION: oneOf(MANIFEST_VERSIONS, {
    about: "Version of Clockify's manifest schema that manifests declare and keep to.",
    default: '1.6',
  }),
  ADDON_REQUESTS_PER_HOUR: optionalInteger({
    about:
      'Requests an hour that each installation may send to Clockify, beside its 50 a second: 30 where workspaces are new and free.',
    min: 1,
  }),
  API_STUDIO_ADDON_KEY: addonKey({
    about: 'Key in the manifest of api-studio. Clockify lets nobody change it later.',
    default: 'clockify-api-studio',
  }),
  API_STUDIO_BASE_URL: optionalUrl({
    about:
      'Public address of api-studio, as its manifest says it. By default the one that the manifest is asked at.',
  }),
  API_STUDIO_PLAN: oneOf(PLANS, {
    about: 'Plan that a workspace needs at least to install api-studio.',
    default: 'STANDARD',
  }),
  API_STUDIO_SCOPES: scopes('Scopes, comma-separated, that api-studio asks for. All of them by default.'),
  API_STUDIO_WEBHOOK_EVENTS: events(
    'Events, comma-separated, that api-studio subscribes to: up to 20, or 10 before schema 1.6. By default the most wanted ones.',
  ),
  API_STUDIO_REQUIRE_SIGNATURE_VERIFICATION: boolean({
    about:
      'Whether api-studio asks for the tokens that Clockify signs. false counts only from callers who may do everything without a key.',
    default: true,
  }),
  API_STUDIO_BOOTSTRAP_MAX_RPS: requestsPerSecond(
    'What the setting of api-studio for requests a second of a bootstrap stands at.',
  ),
  API_STUDIO_BOOTSTRAP_INCLUDE_HEAVY_ENDPOINTS: boolean({
    about: 'What the setting of api-studio for reports in a bootstrap stands at.',
    default: false,
  }),
  UNIVERSAL_WEBHOOK_ADDON_KEY: addonKey({
    about: 'Key in the manifest of universal-webhook. Clockify lets nobody change it later.',
    default: 'universal-webhook-api',
  }),
  UNIVERSAL_WEBHOOK_BASE_URL: optionalUrl({
    about: 'Public address of universal-webhook, in the same way.',
  }),
  UNIVERSAL_WEBHOOK_PLAN: oneOf(PLANS, {
    about: 'Plan that a workspace needs at least to install universal-webhook.',
    default: 'ENTERPRISE',
  }),
  UNIVERSAL_WEBHOOK_SCOPES: scopes(
    'Scopes, comma-separated, that universal-webhook asks for. All of them by default.',
  ),
  UNIVERSAL_WEBHOOK_EVENTS: events(
    'Events, comma-separated, that universal-webhook subscribes to, in the same way.',
  ),
  UNIVERSAL_WEBHOOK_REQUIRE_SIGNATURE_VERIFICATION: boolean({
    about: 'The same for universal-webhook.',
    default: true,
  }),
  UW_BOOTSTRAP_MAX_RPS: requestsPerSecond(
    'What the setting of universal-webhook for requests a second of a bootstrap stands at.',
  ),
  UW_BOOTSTRAP_INCLUDE_HEAVY: boolean({
    about: 'What the setting of universal-webhook for reports in a bootstrap stands at.',
    default: false,
  }),
  UW_BOOTSTRAP_INCLUDE_TIME_ENTRIES: boolean({
    about: 'What its setting for time entries in a bootstrap stands at.',
    default: false,
  }),
  UW_BOOTSTRAP_TIME_ENTRY_DAYS: integer({
    about: 'What its setting for days of time entries stands at.',
    default: 30,
    min: 1,
    max: 3650,
  }),
  UW_ENABLE_CUSTOM_WEBHOOKS: boolean({
    about: 'What its setting for webhooks of other services stands at.',
    default: true,
  }),
  UW_ENABLE_FLOWS: boolean({ about: 'What its setting for flows stands at.', default: true }),
  UW_ENABLE_GENERIC_HTTP_ACTIONS: boolean({
    about: 'What its setting for calls of flows to other services stands at.',
    default: false,
  }),
  UW_WEBHOOK_LOG_RETENTION_DAYS: days('What its setting for days that events are kept stands at.', 90),
  UW_FLOW_EXECUTION_RETENTION_DAYS: days('What its setting for days that runs are kept stands at.', 30),
  UW_CACHE_TTL_DAYS: days('What its setting for days that names are remembered stands at.', 7),
};

export const addonsConfig = defineSection('add-ons', variables, (values, of) => [
  ...sealingFaults(values, of(storageConfig)),
  ...unservedFaults(values),
  ...eventFaults(values, 'API_STUDIO_WEBHOOK_EVENTS'),
  ...eventFaults(values, 'UNIVERSAL_WEBHOOK_EVENTS'),
]);

export type AddonsConfig = ConfigOf<typeof addonsConfig>;

type Values = ValuesOf<typeof variables>;

/** Clockify tells of an installation once, with a token that has to be sealed then. */
function sealingFaults({ ADDONS }: Values, { DATABASE_URL, ENCRYPTION_KEY }: StorageConfig): string[] {
  const canSeal = DATABASE_URL === undefined || ENCRYPTION_KEY !== undefined;
  return ADDONS.length === 0 || canSeal
    ? []
    : ['ADDONS needs ENCRYPTION_KEY on Postgres: the tokens of installations are sealed with it'];
}

function unservedFaults({ ADDONS, ADDON_HOSTS, ADDON_DEFAULT }: Values): string[] {
  const unserved = (slug: AddonSlug | undefined): slug is AddonSlug =>
    slug !== undefined && !ADDONS.includes(slug);
  const hosts = ADDON_HOSTS.map(({ host }) => host);
  return [
    ...(unserved(ADDON_DEFAULT) ? [`ADDON_DEFAULT names ${ADDON_DEFAULT}, which ADDONS does not`] : []),
    ...ADDON_HOSTS.filter(({ slug }) => unserved(slug)).map(
      ({ slug }) => `ADDON_HOSTS names ${slug}, which ADDONS does not`,
    ),
    ...(new Set(hosts).size < hosts.length ? ['ADDON_HOSTS names a host twice'] : []),
  ];
}

function eventFaults(
  values: Values,
  name: 'API_STUDIO_WEBHOOK_EVENTS' | 'UNIVERSAL_WEBHOOK_EVENTS',
): string[] {
  const { events: known, webhooksMax } = MANIFEST_RULES[values.ADDON_MANIFEST_VERSION];
  const given = values[name];
  const strange = given.findIndex((event) => !known.includes(event));
  const version = `version ${values.ADDON_MANIFEST_VERSION} of the manifest schema`;
  return [
    ...(given.length > webhooksMax
      ? [`${name} must have ${webhooksMax} entries at the most under ${version}`]
      : []),
    ...(new Set(given).size < given.length ? [`${name} must not have an event twice`] : []),
    ...(strange < 0 ? [] : [`${name} entry ${strange + 1} must be an event that ${version} knows`]),
  ];
}
