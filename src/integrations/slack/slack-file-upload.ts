import { Inject, Injectable } from '@nestjs/common';
import type { ExecutionContext, Params } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { mayRepeat, type SlackOperation } from './slack-operations.js';
import { SlackClient } from './slack.client.js';
import { slackConfig, type SlackConfig } from './slack.config.js';

/** Slack's external upload: ask for an address, send the bytes there, then publish the file. Only the last step shows. */
@Injectable()
export class SlackFileUpload {
  constructor(
    private readonly client: SlackClient,
    @Inject(slackConfig.token) private readonly config: SlackConfig,
  ) {}

  async run(operation: SlackOperation, params: Params, context: ExecutionContext): Promise<Params> {
    const content = contentOf(params);
    const args = { filename: params['filename'], length: String(content.length) };
    const call = { method: 'files.getUploadURLExternal', encoding: 'form', args } as const;
    const { upload_url: uploadUrl, file_id: fileId } = await this.client.call(call, true, context);
    if (typeof uploadUrl !== 'string' || typeof fileId !== 'string' || !this.#isSlacks(uploadUrl)) {
      throw new IntegrationError('upstream_error', 'Slack gave no usable address for the file');
    }
    await this.client.upload(uploadUrl, content, context);
    const publish = operation.call(params);
    const [file] = publish.args['files'] as Params[];
    const files = [{ id: fileId, ...file }];
    return this.client.call(
      { ...publish, args: { ...publish.args, files } },
      mayRepeat(operation, params),
      context,
    );
  }

  /** The bytes go to Slack's own hosts, or where SLACK_BASE_URL is, and nowhere else. */
  #isSlacks(url: string): boolean {
    const parsed = URL.parse(url);
    if (!parsed) return false;
    if (parsed.origin === new URL(this.config.SLACK_BASE_URL).origin) return true;
    return parsed.protocol === 'https:' && /(^|\.)slack\.com$/.test(parsed.hostname);
  }
}

function contentOf(params: Params): Buffer {
  const base64 = params['content_base64'];
  return typeof base64 === 'string'
    ? Buffer.from(base64, 'base64')
    : Buffer.from(params['content'] as string, 'utf8');
}
