import { type ConfigOf, defineSection } from '../../config/variable.js';
import { boolean, integer, list, secret } from '../../config/variables.js';
import { parseAddressRange } from './address-ranges.js';

export const httpRequestConfig = defineSection('http-request', {
  HTTP_REQUEST_ENABLED: boolean({
    about: 'Permit the http-request integration, which calls addresses that its users choose.',
    default: false,
  }),
  HTTP_REQUEST_ALLOWED_RANGES: list({
    about:
      'Private address ranges that may be called, such as 10.20.0.0/16. Everything that is not public is refused otherwise.',
    kind: 'comma-separated address ranges',
    item: parseAddressRange,
  }),
  HTTP_REQUEST_PLAIN_HTTP: boolean({
    about: 'Permit http:// as well as https://.',
    default: false,
  }),
  HTTP_REQUEST_CONNECT_TIMEOUT_MS: integer({
    about: 'How long looking up a name and connecting may take.',
    default: 10_000,
    min: 50,
    max: 60_000,
  }),
  HTTP_REQUEST_TIMEOUT_MS: integer({
    about: 'How long a whole http-request call may take.',
    default: 30_000,
    min: 50,
    max: 120_000,
  }),
  HTTP_REQUEST_MAX_RESPONSE_KB: integer({
    about: 'Largest response body after decompression, in KiB.',
    default: 1024,
    min: 1,
    max: 16_384,
  }),
  HTTP_REQUEST_SIGNING_SECRET: secret({
    about: 'When set, every http-request call is signed with HMAC-SHA256 in X-Clankerbot-Signature.',
  }),
});

export type HttpRequestConfig = ConfigOf<typeof httpRequestConfig>;
