import { Injectable } from '@nestjs/common';
import { Clock } from '../../../clock/clock.js';
import type { GithubAnswer } from './github-answer.js';

/** What is counted together: the requests of one credential, searches apart from the rest. */
export type Bucket = `${string} ${'core' | 'search'}`;

/** Where GitHub refuses for going too fast and does not say for how long. */
const SECONDARY_WAIT_SECONDS = 60;

/**
 * How long GitHub wants to be left alone, by credential. Promises that after an answer that says so nothing is sent
 * before its time, because whoever goes on is locked out for longer. GitHub's own clock counts, not this machine's.
 */
@Injectable()
export class RateLimits {
  readonly #closedUntilMs = new Map<Bucket, number>();

  constructor(private readonly clock: Clock) {}

  /** 0 where a request may go now. */
  waitSeconds(bucket: Bucket): number {
    const waitMs = (this.#closedUntilMs.get(bucket) ?? 0) - this.clock.nowMs();
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    this.#closedUntilMs.delete(bucket);
    return 0;
  }

  /** Remembers what an answer says about the next ones, and tells for how long; undefined where it refuses nothing. */
  note(bucket: Bucket, answer: GithubAnswer): number | undefined {
    const waitSeconds = isRefused(answer) ? waitAfterRefusal(answer) : secondsToReset(answer);
    if (waitSeconds === undefined) return undefined;
    this.#closedUntilMs.set(bucket, this.clock.nowMs() + waitSeconds * 1000);
    return isRefused(answer) ? waitSeconds : undefined;
  }
}

/** GitHub says so with 403 as often as with 429, which alone means that something is forbidden. */
function isRefused({ status, headers, text }: GithubAnswer): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /rate limit|abuse detection/i.test(text.slice(0, 2000))
  );
}

function waitAfterRefusal(answer: GithubAnswer): number {
  const header = answer.headers['retry-after'] ?? '';
  if (/^\d{1,6}$/.test(header)) return Math.max(1, Number(header));
  return secondsToReset(answer) ?? SECONDARY_WAIT_SECONDS;
}

/** Where nothing is left. */
function secondsToReset({ headers }: GithubAnswer): number | undefined {
  if (headers['x-ratelimit-remaining'] !== '0') return undefined;
  const reset = Number(headers['x-ratelimit-reset']);
  const sentMs = Date.parse(headers['date'] ?? '');
  if (!Number.isFinite(reset) || Number.isNaN(sentMs)) return undefined;
  return Math.max(1, Math.ceil(reset - sentMs / 1000));
}
