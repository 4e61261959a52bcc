import { Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { createRedactor } from '../../../observability/redaction.js';
import { visible } from '../../../observability/visible-text.js';
import type { AccountContext, ClockifyAccount } from '../account/clockify-account.js';
import { PerAccount } from '../account/per-account.js';
import { complaintOf } from './clockify.errors.js';
import type { UpstreamResponse } from './clockify-transport.js';
import type { OutgoingRequest } from './request-builder.js';

const LONGEST = 300;
const SHORTEST_VALUE = 2;

/** What Clockify says when it refuses, for the log and the caller: without secrets and what it repeats of the request. */
@Injectable()
export class ComplaintLog {
  readonly #redactors = new PerAccount(({ secrets }) => createRedactor(secrets));

  constructor(@InjectPinoLogger('integrations') private readonly log: PinoLogger) {}

  /** Returns the words that may be shown. */
  write(
    request: OutgoingRequest,
    response: UpstreamResponse,
    { account, requestId }: Pick<AccountContext, 'account' | 'requestId'>,
  ): string | undefined {
    const { message, code } = complaintOf(response);
    const shown = message === undefined ? undefined : this.#withoutEcho(message, request, account);
    const line = {
      request_id: requestId,
      operation: request.operation.id,
      upstream_status: response.status,
      ...(code === undefined ? {} : { upstream_code: code }),
      ...(shown === undefined ? {} : { upstream_message: shown }),
    };
    this.log.warn(line, 'Clockify did not do what was asked');
    return shown;
  }

  /** Secrets first: a value that is part of one would leave the rest of it standing. */
  #withoutEcho(message: string, { url, operation, body }: OutgoingRequest, account: ClockifyAccount): string {
    const known = hide(message, account.secrets, '[redacted]');
    const values = [...textsIn(body), ...valuesInUrl(url, operation.path)];
    const sent = values.filter((text) => text.length >= SHORTEST_VALUE);
    return visible(
      this.#redactors
        .of(account)(hide(known, sent, '[value]'))
        .slice(0, LONGEST),
    );
  }
}

function hide(text: string, values: readonly string[], mark: string): string {
  return values
    .toSorted((a, b) => b.length - a.length)
    .reduce((hidden, value) => hidden.replaceAll(value, mark), text);
}

/** The filled placeholders of the path and the values of the query. */
function valuesInUrl(url: string, template: string): string[] {
  const { pathname, searchParams } = new URL(url);
  const places = template.split('/').map((part) => part.startsWith('{'));
  const segments = pathname.split('/').slice(-places.length);
  return [...segments.filter((_, i) => places[i]).map(decodeURIComponent), ...searchParams.values()];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
