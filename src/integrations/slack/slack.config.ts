import { type ConfigOf, defineSection } from '../../config/variable.js';
import { integer, secret, url } from '../../config/variables.js';

export const slackConfig = defineSection('slack', {
  SLACK_BOT_TOKEN: secret({ about: 'Bot token (xoxb-…) that the slack integration acts with.' }),
  SLACK_BASE_URL: url({
    about: "Where Slack's Web API is; another address is for tests and gateways.",
    default: 'https://slack.com/api',
  }),
  SLACK_TIMEOUT_MS: integer({
    about: 'How long one request to Slack may take.',
    default: 20_000,
    min: 100,
    max: 120_000,
  }),
});

export type SlackConfig = ConfigOf<typeof slackConfig>;
