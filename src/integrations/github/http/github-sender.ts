import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { GithubCredential } from './github-credential.js';
import { githubRateLimited, refusedByGithub } from '../github.errors.js';
import type { ExecutionContext } from '../../integration.js';
import { IntegrationError } from '../../integration-error.js';
import { holdPermit } from '../../send-permit.js';
import type { GithubAnswer } from './github-answer.js';
import type { GithubRequest } from './github-request.js';
import { GithubTransport } from './github-transport.js';
import { KnownAnswers } from './known-answers.js';
import { type Bucket, RateLimits } from './rate-limits.js';
import { ShownWords } from './shown-words.js';

export interface Sending {
  name: string;
  request: GithubRequest;
  /** Whether it does no harm to send it once more where nobody knows whether it arrived. */
  isRepeatable: boolean;
  context: ExecutionContext;
  credential(): Promise<GithubCredential>;
  /** GitHub does not know this credential. Whether another may be had. */
  refused?(credential: GithubCredential): boolean;
}

const ATTEMPTS = 3;
const LONGEST_WAIT_SECONDS = 10;
/** What is deleted twice is gone. */
const GONE: GithubAnswer = { status: 204, headers: {}, text: '' };

/**
 * Sends a request until it succeeds or repeating it makes no sense or is not safe. Promises never to repeat what GitHub
 * can have carried out unless that does no harm, and to send a write only while its permit is held.
 */
@Injectable()
export class GithubSender {
  constructor(
    private readonly transport: GithubTransport,
    private readonly limits: RateLimits,
    private readonly known: KnownAnswers,
    private readonly words: ShownWords,
  ) {}

  async send(sending: Sending): Promise<GithubAnswer> {
    for (let attempt = 1, mayBeDone = false; ; attempt++) {
      try {
        return await this.#once(sending);
      } catch (error) {
        if (mayBeDone && isGone(error, sending)) return GONE;
        const wait = attempt < ATTEMPTS ? waitBeforeRepeating(error, attempt) : undefined;
        if (wait === undefined || !(await hasWaited(wait, sending.context.signal))) throw error;
        mayBeDone ||= mayHaveArrived(error);
      }
    }
  }

  async #once(sending: Sending): Promise<GithubAnswer> {
    const credential = await sending.credential();
    const bucket = bucketOf(credential, sending.request);
    const waitSeconds = bucket === undefined ? 0 : this.limits.waitSeconds(bucket);
    if (waitSeconds > 0) throw githubRateLimited(waitSeconds);
    const answer = await this.#dispatch(sending, credential);
    const refusedFor = bucket === undefined ? undefined : this.limits.note(bucket, answer);
    if (refusedFor !== undefined) throw githubRateLimited(refusedFor, answer.status);
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status === 401 && sending.refused?.(credential) === true) {
      return this.#once({ ...sending, refused: () => false });
    }
    throw this.#refusal(sending, answer);
  }

  /** With the ETag of the answer that is known already. */
  async #dispatch(sending: Sending, { owner, authorization }: GithubCredential): Promise<GithubAnswer> {
    const { name, request, context, isRepeatable } = sending;
    const isRead = request.method === 'GET';
    const known = isRead ? this.known.of(owner, request.url) : undefined;
    const headers = known ? { ...request.headers, 'if-none-match': known.etag } : request.headers;
    await holdPermit(context);
    const answer = await this.transport.send({
      name,
      request: { ...request, headers },
      authorization,
      unsure: isRepeatable ? 'none' : 'unknown',
      context,
    });
    const { etag, link } = answer.headers;
    if (answer.status === 304 && known) {
      return { status: 200, headers: { ...answer.headers, link: known.link }, text: known.text };
    }
    if (isRead && answer.status === 200 && etag !== undefined) {
      this.known.keep(owner, request.url, { etag, link, text: answer.text });
    }
    return answer;
  }

  #refusal({ request, isRepeatable }: Sending, answer: GithubAnswer): IntegrationError {
    return refusedByGithub(answer, isRepeatable ? 'none' : 'unknown', (words) =>
      this.words.of(words, request),
    );
  }
}

/** Undefined for what is not counted. */
function bucketOf({ owner }: GithubCredential, { url }: GithubRequest): Bucket | undefined {
  if (url.endsWith('/rate_limit')) return undefined;
  return `${owner} ${/\/search\/\w+(\?|$)/.test(url) ? 'search' : 'core'}`;
}

/** How long to wait before the next attempt; undefined where repeating is not safe, not useful or not worth the wait. */
function waitBeforeRepeating(error: unknown, failures: number): number | undefined {
  if (!(error instanceof IntegrationError) || error.outcome !== 'none') return undefined;
  if (error.code === 'rate_limited') {
    const seconds = error.retryAfterSeconds ?? LONGEST_WAIT_SECONDS + 1;
    return seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined;
  }
  return error.code === 'upstream_error' ? 0.25 * 2 ** failures * (0.75 + Math.random() / 2) : undefined;
}

function mayHaveArrived(error: unknown): boolean {
  return error instanceof IntegrationError && error.code === 'upstream_error';
}

function isGone(error: unknown, { request }: Sending): boolean {
  return request.method === 'DELETE' && error instanceof IntegrationError && error.code === 'not_found';
}

/** False when the caller gave up meanwhile. */
async function hasWaited(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  return delay(seconds * 1000, true, signal ? { signal } : {}).catch(() => false);
}
