import { Injectable } from '@nestjs/common';
import type { ExecutionContext, Integration, Operation, Params, RequestPreview } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { GithubClient } from './github.client.js';
import { githubNotConfigured } from './github.errors.js';
import type { GithubOperation } from './operations/github-operation.js';
import { GITHUB_OPERATIONS } from './operations/github-operations.js';

const BY_NAME = new Map(GITHUB_OPERATIONS.map((operation) => [operation.name, operation]));

/** GitHub, or GitHub Enterprise Server, with a token or as a GitHub App. */
@Injectable()
export class GithubIntegration implements Integration {
  readonly name = 'github';
  readonly summary = 'Issues, pull requests, reviews, files and checks of GitHub repositories';
  readonly isConfigured: boolean;
  readonly configuredBy = ['GITHUB_TOKEN', 'GITHUB_APP_PRIVATE_KEY'];

  constructor(private readonly client: GithubClient) {
    this.isConfigured = client.isConfigured;
  }

  operations(): readonly Operation[] {
    return GITHUB_OPERATIONS;
  }

  find(operation: string): GithubOperation | undefined {
    return BY_NAME.get(operation);
  }

  arrange(_operation: Operation, params: Params): Params {
    return params;
  }

  preview(operation: Operation, params: Params): RequestPreview {
    return this.client.requestFor(this.#known(operation), params);
  }

  isRepeatable(operation: Operation): boolean {
    return this.#known(operation).isRepeatable;
  }

  async execute(operation: Operation, params: Params, context: ExecutionContext): Promise<unknown> {
    if (!this.isConfigured) throw githubNotConfigured();
    return this.client.call(this.#known(operation), params, context);
  }

  #known(operation: Operation): GithubOperation {
    const known = BY_NAME.get(operation.name);
    if (!known) throw new IntegrationError('not_found', `github has no operation ${operation.name}`);
    return known;
  }
}
