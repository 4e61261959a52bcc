import { Inject, Injectable } from '@nestjs/common';
import { type ParsingConfig, parsingConfig } from '../parsing/parsing.config.js';

export type CredentialStatus = 'configured' | 'missing';

/** Optional credentials: shown beside the checks, never a reason to be unready. */
@Injectable()
export class Credentials {
  constructor(@Inject(parsingConfig.token) private readonly parsing: ParsingConfig) {}

  report(): Record<string, CredentialStatus> {
    return {
      llm: status(this.parsing.DEEPSEEK_API_KEY),
    };
  }
}

function status(...alternatives: (string | undefined)[]): CredentialStatus {
  return alternatives.some((value) => value !== undefined) ? 'configured' : 'missing';
}
