import type { ErrorCode } from '../../errors/error-code.js';
import { IntegrationError, type Outcome } from '../integration-error.js';
import type { GithubAnswer } from './http/github-answer.js';

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'conflict',
  409: 'conflict',
  410: 'not_found',
  413: 'payload_too_large',
  451: 'forbidden',
};

const MOVED = new Set([301, 302, 307, 308]);

interface Complaint {
  message?: unknown;
  errors?: unknown;
}

/** GitHub said no. Its code for a field is a closed vocabulary; its words are shown as far as `told` lets them through. */
export function refusedByGithub(
  answer: GithubAnswer,
  outcome: Outcome,
  told: (words: string) => string,
): IntegrationError {
  const { status } = answer;
  const complaint = complaintIn(answer.text);
  const words = wordsOf(complaint);
  const githubErrors = fieldsOf(complaint);
  const details = {
    ...(words === undefined ? {} : { upstreamMessage: told(words) }),
    ...(githubErrors.length === 0 ? {} : { githubErrors }),
  };
  if (MOVED.has(status)) {
    return new IntegrationError('not_found', 'GitHub says that this has moved: use its present name', {
      upstreamStatus: status,
    });
  }
  const message =
    status >= 500 ? `GitHub answered with status ${status}` : `GitHub refused: status ${status}`;
  return new IntegrationError(codeOf(status, githubErrors), message, {
    upstreamStatus: status,
    outcome: status >= 500 ? outcome : 'none',
    details,
  });
}

function codeOf(status: number, errors: readonly { code?: string }[]): ErrorCode {
  if (status === 422 && errors.some(({ code }) => code === 'already_exists')) return 'conflict';
  return CODES[status] ?? (status < 500 ? 'validation_error' : 'upstream_error');
}

function complaintIn(text: string): Complaint {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function wordsOf({ message, errors }: Complaint): string | undefined {
  const more = asList(errors).map((error) =>
    typeof error === 'string' ? error : textOf((error as Complaint | null)?.message),
  );
  const words = [textOf(message), ...more].filter((part) => part !== undefined && part !== '');
  return words.length === 0 ? undefined : words.join('; ');
}

function fieldsOf({ errors }: Complaint): { resource?: string; field?: string; code?: string }[] {
  return asList(errors)
    .filter((error): error is Record<string, unknown> => typeof error === 'object' && error !== null)
    .map((error) => ({ ...word(error, 'resource'), ...word(error, 'field'), ...word(error, 'code') }))
    .filter((error) => Object.keys(error).length > 0)
    .slice(0, 20);
}

function word<K extends string>(error: Record<string, unknown>, key: K): { [name in K]?: string } {
  const value = error[key];
  const isWord = typeof value === 'string' && /^[A-Za-z][A-Za-z_]{0,63}$/.test(value);
  return (isWord ? { [key]: value } : {}) as { [name in K]?: string };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function githubRateLimited(retryAfterSeconds: number, upstreamStatus?: number): IntegrationError {
  return new IntegrationError('rate_limited', 'GitHub limits the rate of requests', {
    retryAfterSeconds,
    ...(upstreamStatus === undefined ? {} : { upstreamStatus }),
  });
}

export function githubUnreachable(cause: unknown, outcome: Outcome, isTimeout: boolean): IntegrationError {
  const message = isTimeout ? 'GitHub did not answer in time' : 'The connection to GitHub failed';
  return new IntegrationError('upstream_error', message, {
    cause,
    outcome,
    ...(isTimeout ? { status: 504 } : {}),
  });
}

export function unreadableAnswer(status: number, outcome: Outcome, cause: unknown): IntegrationError {
  return new IntegrationError('upstream_error', 'GitHub answered with something that is no JSON', {
    upstreamStatus: status,
    outcome,
    cause,
  });
}

export function githubNotConfigured(): IntegrationError {
  return new IntegrationError(
    'unauthorized',
    'GitHub is not configured: set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY',
  );
}

export function appNotInstalled(where: string): IntegrationError {
  return new IntegrationError('forbidden', `The GitHub App is not installed for ${where}`);
}

export function installationUnclear(): IntegrationError {
  return new IntegrationError(
    'forbidden',
    'The GitHub App has no installation, or several: set GITHUB_APP_INSTALLATION_ID',
  );
}
