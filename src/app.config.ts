import { accessConfig } from './access/access.config.js';
import { actionsConfig } from './actions/actions.config.js';
import { addonsConfig } from './addons/addons.config.js';
import { catalogueConfig } from './catalogue/catalogue.config.js';
import { eventsConfig } from './events/events.config.js';
import { flowsConfig } from './flows/flows.config.js';
import { httpConfig } from './http/http.config.js';
import { idempotencyConfig } from './idempotency/idempotency.config.js';
import { clockifyConfig } from './integrations/clockify/clockify.config.js';
import { githubConfig } from './integrations/github/github.config.js';
import { httpRequestConfig } from './integrations/http-request/http-request.config.js';
import { slackConfig } from './integrations/slack/slack.config.js';
import { observabilityConfig } from './observability/observability.config.js';
import { parsingConfig } from './parsing/parsing.config.js';
import { queueConfig } from './queue/queue.config.js';
import { schedulesConfig } from './schedules/schedules.config.js';
import { storageConfig } from './storage/storage.config.js';
import { throttlingConfig } from './throttling/throttling.config.js';
import { webhooksConfig } from './sources/sources.config.js';

/** Every section of the configuration, in the order of the documentation. */
export const CONFIG_SECTIONS = [
  httpConfig,
  accessConfig,
  throttlingConfig,
  observabilityConfig,
  storageConfig,
  queueConfig,
  clockifyConfig,
  slackConfig,
  githubConfig,
  httpRequestConfig,
  catalogueConfig,
  parsingConfig,
  idempotencyConfig,
  actionsConfig,
  flowsConfig,
  schedulesConfig,
  eventsConfig,
  webhooksConfig,
  addonsConfig,
];
