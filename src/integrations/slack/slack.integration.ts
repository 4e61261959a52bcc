import { Inject, Injectable } from '@nestjs/common';
import type { ExecutionContext, Integration, Operation, Params, RequestPreview } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { SlackFileUpload } from './slack-file-upload.js';
import { mayRepeat, SLACK_OPERATIONS, type SlackOperation } from './slack-operations.js';
import { SlackClient } from './slack.client.js';
import { slackConfig, type SlackConfig } from './slack.config.js';
import { slackNotConfigured } from './slack.errors.js';

const BY_NAME = new Map(SLACK_OPERATIONS.map((operation) => [operation.name, operation]));

/** Slack with a bot token: messages, files, users. */
@Injectable()
export class SlackIntegration implements Integration {
  readonly name = 'slack';
  readonly summary = 'Messages, files and users of a Slack workspace';
  readonly isConfigured: boolean;
  readonly configuredBy = ['SLACK_BOT_TOKEN'];

  constructor(
    private readonly client: SlackClient,
    private readonly fileUpload: SlackFileUpload,
    @Inject(slackConfig.token) config: SlackConfig,
  ) {
    this.isConfigured = config.SLACK_BOT_TOKEN !== undefined;
  }

  operations(): readonly Operation[] {
    return SLACK_OPERATIONS;
  }

  find(operation: string): SlackOperation | undefined {
    return BY_NAME.get(operation);
  }

  arrange(_operation: Operation, params: Params): Params {
    return params;
  }

  preview(operation: Operation, params: Params): RequestPreview {
    const { method, encoding, args } = this.#known(operation).call(params);
    const contentType = encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
    return {
      method: 'POST',
      url: this.client.urlOf(method),
      headers: { 'content-type': contentType },
      body: args,
    };
  }

  isRepeatable(operation: Operation, params: Params): boolean {
    return mayRepeat(this.#known(operation), params);
  }

  async execute(operation: Operation, params: Params, context: ExecutionContext): Promise<unknown> {
    if (!this.isConfigured) throw slackNotConfigured();
    const known = this.#known(operation);
    if (known.name === 'upload_file') return this.fileUpload.run(known, params, context);
    return this.client.call(known.call(params), mayRepeat(known, params), context);
  }

  #known(operation: Operation): SlackOperation {
    const known = BY_NAME.get(operation.name);
    if (!known) throw new IntegrationError('not_found', `slack has no operation ${operation.name}`);
    return known;
  }
}
