import { type ConfigOf, defineSection } from '../config/variable.js';
import { integer, optionalInteger, optionalUrl } from '../config/variables.js';

const MOST_PER_MINUTE = 60_000_000;

export const throttlingConfig = defineSection('throttling', {
  RATE_LIMIT_PER_MINUTE: integer({
    about: 'Requests a minute that one API key, or one address without a key, may make to one route.',
    default: 60,
    min: 1,
    max: MOST_PER_MINUTE,
  }),
  RATE_LIMIT_BURST: optionalInteger({
    about: 'How many of these may come at once after a pause. Unset: as many as RATE_LIMIT_PER_MINUTE.',
    min: 1,
    max: MOST_PER_MINUTE,
  }),
  WEBHOOK_RATE_LIMIT_PER_MINUTE: integer({
    about: 'Deliveries a minute that one address may make to one webhook route, also as a burst.',
    default: 6000,
    min: 1,
    max: MOST_PER_MINUTE,
  }),
  AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: integer({
    about:
      'Requests a minute without valid credentials that one address may make, over all routes; then 429 instead of 401.',
    default: 20,
    min: 1,
    max: MOST_PER_MINUTE,
  }),
  PUBLIC_RATE_LIMIT_PER_MINUTE: integer({
    about: 'Requests a minute that one address may make to each of /metrics, /docs and the OpenAPI document.',
    default: 120,
    min: 1,
    max: MOST_PER_MINUTE,
  }),
  RATE_LIMIT_MAX_BUCKETS: integer({
    about:
      'Most buckets this process keeps in memory, at about 40 bytes each. At the limit the fullest is forgotten first.',
    default: 1_000_000,
    min: 1000,
    max: 50_000_000,
  }),
  REDIS_URL: optionalUrl({
    about:
      'Redis that all replicas count in (redis://:password@host:6379/0, rediss:// for TLS). Unset: each process counts for itself.',
    protocols: ['redis:', 'rediss:'],
    isSecret: true,
  }),
});

export type ThrottlingConfig = ConfigOf<typeof throttlingConfig>;
