import type { IncomingHttpHeaders } from 'node:http';
import { isSecretName } from '../observability/redaction.js';

const HIDDEN = '[redacted]';
/** About the connection, not about the event. */
const LEFT_OUT = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept',
  'accept-encoding',
  'accept-language',
  'keep-alive',
  'via',
  'te',
  'upgrade',
]);
const LONGEST_VALUE = 1_024;
const REMEMBERED_NAMES = 500;

/** The headers worth keeping with an event, without anything that proves who sends it. */
export class StoredHeaders {
  readonly #secretHeaders: ReadonlySet<string>;
  readonly #isSecret = new Map<string, boolean>();

  constructor(secretHeaders: readonly string[]) {
    this.#secretHeaders = new Set(secretHeaders);
  }

  of(headers: IncomingHttpHeaders): Record<string, string> {
    const kept: Record<string, string> = {};
    for (const name in headers) {
      const value = headers[name];
      if (value === undefined || LEFT_OUT.has(name)) continue;
      kept[name] = this.#isHidden(name) ? HIDDEN : clip(Array.isArray(value) ? value.join(', ') : value);
    }
    return kept;
  }

  #isHidden(name: string): boolean {
    const known = this.#isSecret.get(name);
    if (known !== undefined) return known;
    const isSecret = this.#secretHeaders.has(name) || isSecretName(name);
    if (this.#isSecret.size < REMEMBERED_NAMES) this.#isSecret.set(name, isSecret);
    return isSecret;
  }
}

function clip(value: string): string {
  return value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
}
