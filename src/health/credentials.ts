import { Inject, Injectable } from '@nestjs/common';
import { INTEGRATIONS, type Integration } from '../integrations/integration.js';
import { type ParsingConfig, parsingConfig } from '../parsing/parsing.config.js';

export type CredentialStatus = 'configured' | 'missing';

/** Optional credentials: shown beside the checks, never a reason to be unready. */
@Injectable()
export class Credentials {
  constructor(
    @Inject(parsingConfig.token) private readonly parsing: ParsingConfig,
    @Inject(INTEGRATIONS) private readonly integrations: readonly Integration[],
  ) {}

  report(): Record<string, CredentialStatus> {
    return {
      llm: statusOf(this.parsing.DEEPSEEK_API_KEY !== undefined),
      ...Object.fromEntries(
        this.integrations.map(({ name, isConfigured }) => [name, statusOf(isConfigured)]),
      ),
    };
  }
}

function statusOf(isConfigured: boolean): CredentialStatus {
  return isConfigured ? 'configured' : 'missing';
}
