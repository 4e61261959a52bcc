import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { describeIntegration } from '../../../test/contracts/integration.contract.js';
import { SLACK_TOKEN } from '../../../test/support/fake-slack.js';
import { sendJson } from '../../../test/support/http-server.js';
import { SlackFileUpload } from './slack-file-upload.js';
import { SlackClient } from './slack.client.js';
import { SlackIntegration } from './slack.integration.js';

describeIntegration('slack', async (server) => {
  const slack = (token: string | undefined): SlackIntegration => {
    const config = { SLACK_BOT_TOKEN: token, SLACK_BASE_URL: `${server.url}/api`, SLACK_TIMEOUT_MS: 2000 };
    const client = new SlackClient(new HttpService(axios.create()), config);
    return new SlackIntegration(client, new SlackFileUpload(client, config), config);
  };
  return {
    integration: slack(SLACK_TOKEN),
    unconfigured: slack(undefined),
    write: { operation: 'post_message', params: { channel: '#general', text: 'hi' } },
    succeed: (_request, response) => sendJson(response, { ok: true, ts: '1.2' }),
    secret: SLACK_TOKEN,
  };
});
