import { Inject, Injectable } from '@nestjs/common';
import { INTEGRATIONS, type Integration } from '../integrations/integration.js';
import { type ParsingConfig, parsingConfig } from '../parsing/parsing.config.js';
import { RedisConnection } from '../throttling/redis-connection.js';

export type PartStatus = 'configured' | 'missing' | 'up' | 'down';

/** What the service can do without: shown beside the checks, never a reason to be unready. */
@Injectable()
export class OptionalParts {
  constructor(
    @Inject(parsingConfig.token) private readonly parsing: ParsingConfig,
    @Inject(INTEGRATIONS) private readonly integrations: readonly Integration[],
    private readonly redis: RedisConnection,
  ) {}

  report(): Record<string, PartStatus> {
    return {
      // Without it each process counts the limits for itself; only a configured one is shown.
      ...(this.redis.isConfigured ? { redis: this.redis.isUsable ? 'up' : 'down' } : {}),
      llm: statusOf(this.parsing.DEEPSEEK_API_KEY !== undefined),
      ...Object.fromEntries(
        this.integrations.map(({ name, isConfigured }) => [name, statusOf(isConfigured)]),
      ),
    };
  }
}

function statusOf(isConfigured: boolean): PartStatus {
  return isConfigured ? 'configured' : 'missing';
}
