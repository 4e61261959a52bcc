import { BlockList, isIP } from 'node:net';
import { type ConfigOf, defineSection, type Parsed } from '../config/variable.js';
import { integer, list, text, variable } from '../config/variables.js';

export type TrustProxy = false | number | readonly string[];

const NAMED_RANGES = new Set(['loopback', 'linklocal', 'uniquelocal']);

function isAddressRange(value: string): boolean {
  if (NAMED_RANGES.has(value)) return true;
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  if (!/^\d{1,3}$/.test(prefix)) return false;
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

function parseTrustProxy(value: string): Parsed<TrustProxy> {
  if (value === 'false') return { value: false };
  if (/^\d{1,2}$/.test(value)) return { value: Number(value) === 0 ? false : Number(value) };
  const ranges = value.split(',').map((part) => part.trim());
  if (ranges.every(isAddressRange)) return { value: ranges };
  return {
    mistake:
      'must be false, the number of proxies in front, or a list of their addresses (10.0.0.0/8, loopback, linklocal, uniquelocal)',
  };
}

/** Browsers send an origin in one way only, and it is compared as a text. */
function parseOrigin(value: string): Parsed<string> {
  const isHttp = /^https?:/i.test(value);
  // Extensions and apps have schemes of their own, whose origins URL does not know.
  const isOrigin = isHttp
    ? URL.parse(value)?.origin === value && !value.includes('*')
    : /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+$/.test(value);
  if (isOrigin || value === '*') return { value };
  return {
    mistake:
      'must be * or an origin as browsers send it, such as https://app.example.com, without a / at its end',
  };
}

export const httpConfig = defineSection('http', {
  PORT: {
    ...integer({ about: 'Port to listen on.', default: 8000, min: 0, max: 65_535 }),
    otherNames: ['APP_PORT', 'UNIVERSAL_WEBHOOK_PORT'],
  },
  HOST: text({
    about:
      'Address to listen on. The default is reachable from this machine only; 0.0.0.0 and :: are every address.',
    default: '127.0.0.1',
  }),
  CORS_ORIGINS: list({
    about:
      'Origins, comma-separated, whose pages may call the API from a browser; * for all. None by default.',
    item: parseOrigin,
  }),
  TRUST_PROXY: variable<TrustProxy>({
    kind: 'false, a number, or addresses',
    about:
      'Whose X-Forwarded-For is believed: nobody (false), the last N proxies, or proxies at these addresses.',
    defaultText: 'false',
    fallback: false,
    parse: parseTrustProxy,
  }),
  MAX_REQUEST_SIZE_MB: integer({ about: 'Largest request body, in MiB.', default: 1, min: 1, max: 100 }),
  WEBHOOK_MAX_REQUEST_SIZE_MB: integer({
    about: 'Largest webhook body, in MiB.',
    default: 5,
    min: 1,
    max: 100,
  }),
  MAX_BUFFERED_BODIES_MB: integer({
    about: 'What all request bodies together may hold of memory, in MiB; one address half of it. Then 503.',
    default: 128,
    min: 2,
    max: 65_536,
  }),
  MAX_CONNECTIONS_PER_ADDRESS: integer({
    about: 'Connections that one address may have open; a proxy in TRUST_PROXY any number. Then 503.',
    default: 1000,
    min: 1,
    max: 1_000_000,
  }),
  MAX_JSON_DEPTH: integer({ about: 'Deepest nesting of a JSON body.', default: 64, min: 4, max: 10_000 }),
  MAX_JSON_KEYS: integer({
    about: 'Most keys and list items in a JSON body, counted together.',
    default: 50_000,
    min: 10,
    max: 10_000_000,
  }),
  MAX_HEADER_SIZE_KB: integer({
    about: 'Largest set of request headers, in KiB.',
    default: 16,
    min: 4,
    max: 256,
  }),
  HEADERS_TIMEOUT_SECONDS: integer({
    about: 'How long a client may take to send its headers.',
    default: 10,
    min: 1,
    max: 300,
  }),
  REQUEST_TIMEOUT_SECONDS: integer({
    about: 'How long a client may take to send a whole request.',
    default: 30,
    min: 1,
    max: 3600,
  }),
  KEEP_ALIVE_SECONDS: integer({
    about: 'How long an idle connection is kept. Longer than the idle time-out of a load balancer in front.',
    default: 65,
    min: 1,
    max: 3600,
  }),
});

export type HttpConfig = ConfigOf<typeof httpConfig>;
