import type { ErrorCode } from '../../errors/error-code.js';
import { IntegrationError, type Outcome } from '../integration-error.js';

const CODES: Readonly<Record<string, readonly string[]>> = {
  unauthorized: [
    'invalid_auth',
    'not_authed',
    'account_inactive',
    'token_revoked',
    'token_expired',
    'no_permission',
    'org_login_required',
    'two_factor_setup_required',
  ],
  forbidden: [
    'missing_scope',
    'access_denied',
    'not_allowed_token_type',
    'ekm_access_denied',
    'enterprise_is_restricted',
    'team_access_not_granted',
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
    'not_in_channel',
    'cant_update_message',
    'cant_dm_bot',
    'edit_window_closed',
    'is_archived',
    'user_disabled',
    'user_not_visible',
    'file_uploads_disabled',
  ],
  not_found: [
    'channel_not_found',
    'user_not_found',
    'users_not_found',
    'message_not_found',
    'thread_not_found',
    'file_not_found',
    'team_not_found',
  ],
  rate_limited: ['ratelimited', 'rate_limited', 'message_limit_exceeded'],
  upstream_error: [
    'internal_error',
    'fatal_error',
    'service_unavailable',
    'request_timeout',
    'team_added_to_org',
  ],
};

const CODE_OF = new Map<string, ErrorCode>(
  Object.entries(CODES).flatMap(([code, words]) => words.map((word) => [word, code as ErrorCode] as const)),
);

/** Slack's own words for "it broke on our side"; the call may have been carried out. */
const UNSURE = new Set(['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable']);

/** Slack answers most failures with 200 and `ok: false`; its word for it is a closed vocabulary, safe to pass on. */
export function refusedBySlack(word: unknown, unsure: Outcome, retryAfterSeconds?: number): IntegrationError {
  const slackError = typeof word === 'string' && /^[a-z0-9_]{1,64}$/.test(word) ? word : 'unknown_error';
  // A word that is not in the lists is a complaint about the arguments: those are the ones Slack has most of.
  const code = CODE_OF.get(slackError) ?? 'validation_error';
  return new IntegrationError(code, `Slack refused: ${slackError}`, {
    outcome: UNSURE.has(slackError) ? unsure : 'none',
    details: { slackError },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export function slackRateLimited(retryAfterSeconds: number): IntegrationError {
  return new IntegrationError('rate_limited', 'Slack limits the rate of requests', {
    upstreamStatus: 429,
    retryAfterSeconds,
  });
}

export function slackFailed(upstreamStatus: number, outcome: Outcome): IntegrationError {
  return new IntegrationError('upstream_error', `Slack answered with status ${upstreamStatus}`, {
    upstreamStatus,
    outcome,
  });
}

export function slackUnreachable(cause: unknown, outcome: Outcome, isTimeout: boolean): IntegrationError {
  const message = isTimeout ? 'Slack did not answer in time' : 'The connection to Slack failed';
  return new IntegrationError('upstream_error', message, {
    cause,
    outcome,
    ...(isTimeout ? { status: 504 } : {}),
  });
}

export function slackNotConfigured(): IntegrationError {
  return new IntegrationError('unauthorized', 'Slack bot token not configured: set SLACK_BOT_TOKEN');
}
