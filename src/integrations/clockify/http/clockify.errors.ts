import type { ErrorCode } from '../../../errors/error-code.js';
import { IntegrationError, type Outcome } from '../../integration-error.js';
import type { TransportFailure, UpstreamResponse } from './clockify-transport.js';
import { retryAfterSeconds } from './retry-after.js';

export function notConfigured(): IntegrationError {
  return new IntegrationError(
    'unauthorized',
    'Clockify API key or token not configured: set CLOCKIFY_API_KEY or CLOCKIFY_ADDON_TOKEN',
  );
}

/** A write that may have had its effect. Carries whether the upstream is certainly done with it. */
export class UnknownOutcomeError extends IntegrationError {
  constructor(
    message: string,
    options: { upstreamStatus?: number; status?: number; cause: unknown },
    /** Whether the effect, if there is one, is there already; a gateway's time-out leaves it open. */
    readonly isSettled: boolean,
  ) {
    super('upstream_error', message, { ...options, outcome: 'unknown' });
  }
}

/** What Clockify says beside the status. The text may echo what was sent; ComplaintLog says what of it may be shown. */
export interface UpstreamComplaint {
  readonly message: string | undefined;
  readonly code: number | undefined;
}

export function complaintOf({ bytes }: UpstreamResponse): UpstreamComplaint {
  try {
    const { message, code } = JSON.parse(bytes.toString('utf8')) as { message?: unknown; code?: unknown };
    return {
      message: typeof message === 'string' ? message : undefined,
      code: typeof code === 'number' ? code : undefined,
    };
  } catch {
    return { message: undefined, code: undefined };
  }
}

const GATEWAY_TIMEOUT = 504;
const ELSEWHERE = 501;
const BELONGS_ELSEWHERE = /(does\s?n['’]?t|does not) belong to/i;

interface Meaning {
  code: ErrorCode;
  message: string;
}

const MEANINGS: Readonly<Record<number, Meaning>> = {
  400: { code: 'validation_error', message: 'Clockify refused the values' },
  401: { code: 'unauthorized', message: 'Clockify did not accept the credentials' },
  402: { code: 'forbidden', message: "Clockify's plan does not include this" },
  403: { code: 'forbidden', message: 'Clockify does not permit this with these credentials' },
  404: { code: 'not_found', message: 'Clockify has nothing there' },
  405: { code: 'upstream_error', message: 'Clockify does not offer this operation' },
  409: { code: 'conflict', message: 'Clockify found a conflict' },
  410: { code: 'not_found', message: 'Clockify has nothing there' },
  413: { code: 'payload_too_large', message: 'Clockify finds the request too large' },
  415: { code: 'upstream_error', message: 'Clockify did not accept the kind of body' },
  422: { code: 'validation_error', message: 'Clockify refused the values' },
  429: { code: 'rate_limited', message: 'Clockify limits the rate of requests' },
};

/** A response that is not a success, in our words. */
export function responseError(response: UpstreamResponse, nowMs: number): IntegrationError {
  const { status } = response;
  const complaint = complaintOf(response);
  const retryAfter = retryAfterSeconds(response.headers['retry-after'], nowMs);
  const { code, message } = meaningOf(status, complaint);
  return new IntegrationError(code, message, {
    upstreamStatus: status,
    ...(status === GATEWAY_TIMEOUT ? { status } : {}),
    details: {
      ...(complaint.code === undefined ? {} : { upstreamCode: complaint.code }),
      ...(response.shownMessage === undefined ? {} : { upstreamMessage: response.shownMessage }),
    },
    ...(retryAfter === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfter) }),
  });
}

function meaningOf(status: number, complaint: UpstreamComplaint): Meaning {
  if (status === 400 && complaint.code === ELSEWHERE && BELONGS_ELSEWHERE.test(complaint.message ?? '')) {
    return { code: 'not_found', message: 'Clockify has no such thing in this workspace' };
  }
  const known = MEANINGS[status];
  if (known) return known;
  if (status >= 300 && status < 400)
    return { code: 'upstream_error', message: 'Clockify redirected the request' };
  return { code: 'upstream_error', message: `Clockify answered with status ${status}` };
}

const TRANSPORT_MESSAGES = {
  timeout: 'Clockify did not answer in time',
  connection: 'The connection to Clockify failed',
  cancelled: 'The call to Clockify was cancelled',
  withheld: 'The call to Clockify was withheld, because the permit to send it had run out',
  too_large: "Clockify's answer is larger than CLOCKIFY_MAX_RESPONSE_SIZE_MB",
} as const;

export function transportError(failure: TransportFailure, outcome: Outcome): IntegrationError {
  const status = failure.kind === 'timeout' ? { status: GATEWAY_TIMEOUT } : {};
  const message = TRANSPORT_MESSAGES[failure.kind];
  if (outcome === 'none')
    return new IntegrationError('upstream_error', message, { ...status, cause: failure, outcome });
  return new UnknownOutcomeError(
    `${message}, and whether it did what was asked is not known`,
    { ...status, cause: failure },
    failure.kind === 'connection' || failure.kind === 'too_large',
  );
}

const GATEWAY_STATUSES = new Set([502, 504]);

/** A write that was answered with a failure of the server: it may have been carried out before that. */
export function unknownAfterResponse({ status }: UpstreamResponse): UnknownOutcomeError {
  const message = `Clockify failed with status ${status}, and whether it did what was asked is not known`;
  return new UnknownOutcomeError(
    message,
    { upstreamStatus: status, cause: undefined, ...(status === GATEWAY_TIMEOUT ? { status } : {}) },
    !GATEWAY_STATUSES.has(status),
  );
}

/**
 * A success whose content cannot be read. A write has had its effect all the same, or something in front of Clockify
 * answered and it may still be under way: in neither case may it be sent again because it is not seen.
 */
export function unreadable(isWrite: boolean, status: number): IntegrationError {
  if (!isWrite) {
    return new IntegrationError('upstream_error', "Clockify's answer cannot be read", {
      upstreamStatus: status,
    });
  }
  const message = "Clockify's answer cannot be read, although it took the request";
  return new UnknownOutcomeError(message, { upstreamStatus: status, cause: undefined }, false);
}
