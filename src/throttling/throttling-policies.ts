import type { ThrottlerModuleOptions } from '@nestjs/throttler';
import type { ThrottlingConfig } from './throttling.config.js';

const MINUTE_MS = 60_000;

export type PolicyName = 'requests' | 'webhooks' | 'failures' | 'pages';

/** A bucket of `limit` tokens that fills from empty in `ttl` milliseconds, as the throttler puts it. */
export interface ThrottlingPolicy {
  name: PolicyName;
  limit: number;
  ttl: number;
}

export function throttlingPolicies(config: ThrottlingConfig): ThrottlingPolicy[] {
  const { RATE_LIMIT_PER_MINUTE: perMinute, RATE_LIMIT_BURST: burst = perMinute } = config;
  return [
    { name: 'requests', limit: burst, ttl: (burst / perMinute) * MINUTE_MS },
    { name: 'webhooks', limit: config.WEBHOOK_RATE_LIMIT_PER_MINUTE, ttl: MINUTE_MS },
    { name: 'failures', limit: config.AUTH_FAILURE_RATE_LIMIT_PER_MINUTE, ttl: MINUTE_MS },
    { name: 'pages', limit: config.PUBLIC_RATE_LIMIT_PER_MINUTE, ttl: MINUTE_MS },
  ];
}

/** The policies by name, out of the options that the throttler's module was given. */
export function policiesOf(options: ThrottlerModuleOptions): Readonly<Record<PolicyName, ThrottlingPolicy>> {
  const all = (Array.isArray(options) ? options : options.throttlers) as ThrottlingPolicy[];
  const named = (name: PolicyName): ThrottlingPolicy => {
    const policy = all.find((p) => p.name === name);
    if (!policy) throw new Error(`There is no throttling policy ${name}`);
    return policy;
  };
  return {
    requests: named('requests'),
    webhooks: named('webhooks'),
    failures: named('failures'),
    pages: named('pages'),
  };
}
