import { type ConfigOf, defineSection } from '../../config/variable.js';
import {
  integer,
  oneOf,
  optionalInteger,
  optionalText,
  optionalUrl,
  secret,
} from '../../config/variables.js';

export const REGIONS = ['global', 'eu', 'us', 'uk', 'au', 'developer'] as const;

const SUBDOMAIN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

export const clockifyConfig = defineSection(
  'clockify',
  {
    CLOCKIFY_API_KEY: secret({
      about: 'Key of a Clockify user. Used instead of the add-on token where both are set.',
    }),
    CLOCKIFY_ADDON_TOKEN: secret({ about: 'Installation token of a Clockify add-on.' }),
    CLOCKIFY_REGION: oneOf(REGIONS, {
      about: 'Where the workspace is kept; decides the addresses that are not set below.',
      default: 'global',
    }),
    CLOCKIFY_SUBDOMAIN: optionalText({
      about: 'Sub-domain of the workspace (the acme of acme.clockify.me); reports are then asked there.',
    }),
    CLOCKIFY_BASE_URL: {
      ...optionalUrl({
        about: "Address of the API. The region's by default: https://api.clockify.me/api for global.",
      }),
      otherNames: ['CLOCKIFY_API_BASE_URL'],
    },
    CLOCKIFY_REPORTS_URL: optionalUrl({
      about: 'Address of the reports. Follows from region, sub-domain or a clockify.me address by default.',
    }),
    CLOCKIFY_AUDIT_URL: optionalUrl({
      about: 'Address of the audit log. https://auditlog-api.api.clockify.me by default.',
    }),
    CLOCKIFY_TIMEOUT_MS: integer({
      about: 'How long one request may take, in milliseconds.',
      default: 20_000,
      min: 50,
      max: 300_000,
    }),
    CLOCKIFY_ATTEMPTS: integer({
      about: 'Attempts at a call that may be repeated, the first included.',
      default: 3,
      min: 1,
      max: 10,
    }),
    CLOCKIFY_RETRY_DELAY_MS: integer({
      about: 'Wait before the second attempt, in milliseconds; it doubles, with jitter.',
      default: 500,
      min: 1,
      max: 60_000,
    }),
    CLOCKIFY_REQUESTS_PER_SECOND: integer({
      about: 'Requests a second that all replicas together may send with this credential; 0 for no limit.',
      default: 50,
      min: 0,
      max: 100_000,
    }),
    CLOCKIFY_REQUESTS_PER_HOUR: optionalInteger({
      about: 'The same by the hour, for workspaces so limited: 30 on a new free workspace.',
      min: 1,
    }),
    CLOCKIFY_MAX_RESPONSE_SIZE_MB: integer({
      about: 'Largest answer that is read, in MiB.',
      default: 32,
      min: 1,
      max: 512,
    }),
  },
  (values) =>
    values.CLOCKIFY_SUBDOMAIN === undefined || SUBDOMAIN.test(values.CLOCKIFY_SUBDOMAIN)
      ? []
      : ['CLOCKIFY_SUBDOMAIN must be the one label before .clockify.me'],
);

export type ClockifyConfig = ConfigOf<typeof clockifyConfig>;
