import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { LoadedConfig } from '../config/load-config.js';
import { createRedactor } from '../observability/redaction.js';
import type { WebhookSource } from './webhook-source.js';
import { type WebhooksConfig, webhooksConfig } from './sources.config.js';

const HIDDEN = '[redacted]';
/** Worth keeping whoever sends them; what else is kept a source or WEBHOOK_STORED_HEADERS names. */
const WANTED = ['content-type', 'user-agent', 'x-request-id'];
const LONGEST_VALUE = 1_024;

/**
 * The headers that are kept with an event: those that are wanted and no others, since anybody may put anything into the
 * rest. Of a header that proves the sender, only that it was there.
 */
@Injectable()
export class StoredHeaders {
  readonly #wanted: readonly string[];
  readonly #redact: (text: string) => string;

  constructor(
    @Inject(webhooksConfig.token) { WEBHOOK_STORED_HEADERS }: WebhooksConfig,
    @Inject(LoadedConfig) { secretTexts }: LoadedConfig,
  ) {
    this.#wanted = [...WANTED, ...WEBHOOK_STORED_HEADERS];
    this.#redact = createRedactor(secretTexts);
  }

  of({ storedHeaders = [], secretHeaders }: WebhookSource, headers: IncomingHttpHeaders) {
    const kept: Record<string, string> = {};
    for (const names of [this.#wanted, storedHeaders]) {
      for (const name of names) {
        const value = headers[name];
        if (value !== undefined) kept[name] = this.#shown(Array.isArray(value) ? value.join(', ') : value);
      }
    }
    for (const name of secretHeaders) if (headers[name] !== undefined) kept[name] = HIDDEN;
    return kept;
  }

  #shown(value: string): string {
    const text = this.#redact(value);
    return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  }
}
