import { Inject, Injectable } from '@nestjs/common';
import type { ExecutionContext, Params } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { GithubIdentities } from './credentials/github-identities.js';
import { type GithubConfig, githubConfig } from './github.config.js';
import { unreadableAnswer } from './github.errors.js';
import type { GithubAnswer } from './http/github-answer.js';
import { type GithubRequest, githubRequest } from './http/github-request.js';
import { GithubSender } from './http/github-sender.js';
import type { GithubOperation } from './operations/github-operation.js';

const PAGE_SIZE = 100;
const MOST_PAGES = 100;

/** The operations over HTTP. A list is read to its end where the caller asks for no page. */
@Injectable()
export class GithubClient {
  constructor(
    private readonly sender: GithubSender,
    private readonly identities: GithubIdentities,
    @Inject(githubConfig.token) private readonly config: GithubConfig,
  ) {}

  get isConfigured(): boolean {
    return this.identities.isConfigured;
  }

  requestFor({ route }: GithubOperation, params: Params): GithubRequest {
    return githubRequest(this.config.GITHUB_BASE_URL, route, params);
  }

  async call(operation: GithubOperation, params: Params, context: ExecutionContext): Promise<unknown> {
    if (operation.isPaged && params['page'] === undefined) return this.#all(operation, params, context);
    return contentOf(await this.#send(operation, params, context), operation);
  }

  async #all(operation: GithubOperation, params: Params, context: ExecutionContext): Promise<unknown> {
    const all: unknown[] = [];
    let next: Params | undefined = { ...params, per_page: params['per_page'] ?? PAGE_SIZE };
    for (let pages = 0; next !== undefined && pages < MOST_PAGES; pages++) {
      const answer = await this.#send(operation, next, context);
      const content = contentOf(answer, operation);
      if (!Array.isArray(content)) return content;
      all.push(...content);
      next = nextPage(answer, next);
    }
    if (next === undefined) return all;
    throw new IntegrationError('upstream_error', `The list has more than ${MOST_PAGES} pages`);
  }

  #send(operation: GithubOperation, params: Params, context: ExecutionContext): Promise<GithubAnswer> {
    const identity = this.identities.configured;
    return this.sender.send({
      name: `github ${operation.name}`,
      request: this.requestFor(operation, params),
      isRepeatable: operation.isRepeatable,
      context,
      credential: () => identity.of(params, context),
      refused: (credential) => identity.refused(credential),
    });
  }
}

/** GitHub names the next page by an address. Only where in the list it is, is taken from it. */
function nextPage({ headers }: GithubAnswer, params: Params): Params | undefined {
  const next = /<([^<>]*)>;\s*rel="next"/.exec(headers['link'] ?? '')?.[1];
  const query = URL.parse(next ?? '')?.searchParams;
  const page = query?.get('page') ?? undefined;
  const after = query?.get('after') ?? undefined;
  if (page === undefined && after === undefined) return undefined;
  return { ...params, ...(page === undefined ? {} : { page }), ...(after === undefined ? {} : { after }) };
}

/** What comes without content is answered as an empty object. */
function contentOf({ text, status }: GithubAnswer, { isRepeatable }: GithubOperation): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadableAnswer(status, isRepeatable ? 'none' : 'unknown', error);
  }
}
