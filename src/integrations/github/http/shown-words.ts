import { Inject, Injectable } from '@nestjs/common';
import { createRedactor } from '../../../observability/redaction.js';
import { visible } from '../../../observability/visible-text.js';
import { type GithubConfig, githubConfig } from '../github.config.js';
import type { GithubRequest } from './github-request.js';

const LONGEST = 300;
const SHORTEST_VALUE = 4;

/** GitHub's own words about a request as they may be shown: without credentials and what they repeat of the request. */
@Injectable()
export class ShownWords {
  readonly #redact: (text: string) => string;

  constructor(@Inject(githubConfig.token) { GITHUB_TOKEN, GITHUB_APP_PRIVATE_KEY }: GithubConfig) {
    this.#redact = createRedactor(
      [GITHUB_TOKEN, GITHUB_APP_PRIVATE_KEY].filter((text) => text !== undefined),
    );
  }

  /** Secrets first: a value that is part of one would leave the rest of it standing. */
  of(words: string, { body }: Pick<GithubRequest, 'body'>): string {
    const sent = textsIn(body).filter((text) => text.length >= SHORTEST_VALUE);
    const withoutEcho = sent
      .toSorted((a, b) => b.length - a.length)
      .reduce((text, value) => text.replaceAll(value, '[value]'), this.#redact(words.slice(0, 10 * LONGEST)));
    return visible(withoutEcho.slice(0, LONGEST));
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
