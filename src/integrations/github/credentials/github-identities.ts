import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../clock/clock.js';
import { githubRequest } from '../http/github-request.js';
import { GithubSender } from '../http/github-sender.js';
import type { GithubAnswer } from '../http/github-answer.js';
import type { ExecutionContext, Params } from '../../integration.js';
import { IntegrationError } from '../../integration-error.js';
import { type GithubConfig, githubConfig } from '../github.config.js';
import { githubNotConfigured, unreadableAnswer } from '../github.errors.js';
import { type AppCalls, AppIdentity } from './app-identity.js';
import { AppJwt } from './app-jwt.js';
import { type GithubIdentity, TokenIdentity } from './github-identity.js';

/** Who the configuration makes us at GitHub; made when it is first asked for. */
@Injectable()
export class GithubIdentities {
  readonly isConfigured: boolean;
  #configured: GithubIdentity | undefined;

  constructor(
    private readonly sender: GithubSender,
    @Inject(githubConfig.token) private readonly config: GithubConfig,
    private readonly clock: Clock,
  ) {
    this.isConfigured = config.GITHUB_TOKEN !== undefined || config.GITHUB_APP_PRIVATE_KEY !== undefined;
  }

  get configured(): GithubIdentity {
    return (this.#configured ??= this.#make());
  }

  #make(): GithubIdentity {
    const { GITHUB_TOKEN: token, GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: key } = this.config;
    if (token !== undefined) return new TokenIdentity(token);
    if (appId === undefined || key === undefined) throw githubNotConfigured();
    const calls = this.#callsOf(new AppJwt(appId, key, this.clock));
    return new AppIdentity(calls, this.clock, this.config.GITHUB_APP_INSTALLATION_ID);
  }

  #callsOf(jwt: AppJwt): AppCalls {
    const ask = (route: string, params: Params, context: ExecutionContext): Promise<unknown> =>
      this.#ask(jwt, route, params, context);
    return {
      installationOf: async (owner, repo, context) => {
        const found = await ask('GET /repos/{owner}/{repo}/installation', { owner, repo }, context).catch(
          undefinedWhereUnknown,
        );
        return (found as { id: number } | undefined)?.id;
      },
      installations: async (context) => {
        const found = await ask('GET /app/installations', { per_page: 2 }, context);
        return (found as { id: number }[]).map(({ id }) => id);
      },
      mint: async (installation_id, context) => {
        const route = 'POST /app/installations/{installation_id}/access_tokens';
        const { token, expires_at } = (await ask(route, { installation_id }, context)) as {
          token: string;
          expires_at: string;
        };
        return { token, lifeMs: Date.parse(expires_at) - this.clock.nowMs() };
      },
    };
  }

  /** A token minted twice does no harm, so that all of these may be asked again; and none needs the permit of the call that waits. */
  async #ask(jwt: AppJwt, route: string, params: Params, context: ExecutionContext): Promise<unknown> {
    const { permit: _ofTheCall, ...own } = context;
    const answer = await this.sender.send({
      name: 'github app',
      request: githubRequest(this.config.GITHUB_BASE_URL, route, params),
      isRepeatable: true,
      context: own,
      credential: async () => ({ owner: 'app', authorization: `Bearer ${jwt.sign()}` }),
    });
    return jsonOf(answer);
  }
}

function jsonOf({ text, status }: GithubAnswer): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadableAnswer(status, 'none', error);
  }
}

function undefinedWhereUnknown(error: unknown): undefined {
  if (error instanceof IntegrationError && error.code === 'not_found') return undefined;
  throw error;
}
