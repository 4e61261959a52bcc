import type { ErrorCode } from '../../errors/error-code.js';
import { IntegrationError, type Outcome } from '../integration-error.js';

export function httpRequestDisabled(): IntegrationError {
  return new IntegrationError(
    'forbidden',
    'The http-request integration is off; HTTP_REQUEST_ENABLED=true permits it',
  );
}

/** The target or a part of the request is not acceptable; nothing was sent. */
export function requestRefused(message: string): IntegrationError {
  return new IntegrationError('validation_error', message);
}

/** Where a name leads, or whether it leads anywhere, is not told: the answer would map the network behind the service. */
export function addressRefused(): IntegrationError {
  return new IntegrationError('forbidden', 'This address may not be called, or its name is not known');
}

/** Nobody could say what the name stands for; another time somebody may. */
export function lookUpFailed(cause: unknown): IntegrationError {
  return new IntegrationError('upstream_error', 'The host name could not be looked up', { cause });
}

export function targetUnreachable(cause: unknown, outcome: Outcome): IntegrationError {
  return new IntegrationError('upstream_error', 'The connection to the target failed', { cause, outcome });
}

export function targetTooSlow(cause: unknown, outcome: Outcome): IntegrationError {
  return new IntegrationError('upstream_error', 'The target did not answer in time', {
    cause,
    outcome,
    status: 504,
  });
}

export function responseTooLarge(outcome: Outcome): IntegrationError {
  return new IntegrationError('upstream_error', 'The response is larger than permitted', { outcome });
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'not_found',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
};

export interface RefusedResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The first part of the body, as text. */
  excerpt: string;
  outcome: Outcome;
}

/** Any status that is not a success is a failure, redirects among them: they are never followed. */
export function targetAnswered({ status, headers, excerpt, outcome }: RefusedResponse): IntegrationError {
  const code = CODES[status] ?? (status >= 400 && status < 500 ? 'validation_error' : 'upstream_error');
  const retryAfter = headers['retry-after'];
  const hint = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return new IntegrationError(code, `The target answered with status ${status}${hint}`, {
    upstreamStatus: status,
    outcome,
    details: { response: { headers, body: excerpt } },
    ...(retryAfter && /^\d{1,6}$/.test(retryAfter) ? { retryAfterSeconds: Number(retryAfter) } : {}),
  });
}
