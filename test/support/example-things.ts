import { callJson, type Answer } from './openapi-document.js';
import { until } from './until.js';

export const EXAMPLE_KEY = 'a-key-of-the-admin-1234567890';
const WORKSPACE = '64a687e29ae1f428e7ebe303';
export const EXAMPLE_SECRET = 'the-webhook-secret';

/** What the service is started with, so that each thing below can be made in it. */
export const EXAMPLE_ENVIRONMENT = {
  WEBHOOK_SHARED_SECRET: EXAMPLE_SECRET,
  ENCRYPTION_KEY: '0a'.repeat(32),
  EVENT_RETRY_SECONDS: '0',
  EVENT_MAX_ATTEMPTS: '1',
  ADDONS: 'api-studio,universal-webhook',
};

/** Beside a service with EXAMPLE_ENVIRONMENT and a handler that fails on events of the type FAILING. */
export class ExampleThings {
  constructor(readonly url: string) {}

  call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
    return callJson(this.url + path, {
      method,
      body,
      headers: { Authorization: `Bearer ${EXAMPLE_KEY}`, ...headers },
    });
  }

  async newFlow(steps: object[]): Promise<string> {
    return (await this.call('POST', '/flows', { name: 'Example', steps })).body.data.id;
  }

  async newRun(steps: object[], status: string): Promise<string> {
    const { run } = (await this.call('POST', `/flows/${await this.newFlow(steps)}/run`, {})).body.data;
    await until(async () => (await this.call('GET', `/flow-runs/${run.id}`)).body.data.status === status);
    return run.id;
  }

  async newEvent(type: string): Promise<string> {
    const headers = { 'X-Webhook-Secret': EXAMPLE_SECRET, 'Clockify-Webhook-Event-Type': type };
    const subject = { id: `subject-${Math.random()}`, workspaceId: 'w1' };
    return (await this.call('POST', '/webhooks/clockify', subject, headers)).body.data.eventId;
  }

  /** A thing by the name of its variable, for a request to this address. */
  readonly make: Readonly<Record<string, (address: string) => string | Promise<string>>> = {
    baseUrl: () => this.url,
    apiKey: () => EXAMPLE_KEY,
    webhookSecret: () => EXAMPLE_SECRET,
    apiKeyId: async () =>
      (await this.call('POST', '/api-keys', { name: `example-${Math.random()}`, role: 'viewer' })).body.data
        .id,
    eventId: () => this.newEvent('NEW_PROJECT'),
    deadLetterId: async () => {
      const id = await this.newEvent('FAILING');
      await until(async () => (await this.call('GET', `/events/${id}`)).body.data.status === 'dead');
      return id;
    },
    flowId: () => this.newFlow([{ wait: 'PT1H' }]),
    flowRunId: (address) =>
      address.endsWith('/retry')
        ? this.newRun([{ action: 'slack.post_message', params: { channel: '#x', text: 'x' } }], 'failed')
        : this.newRun([{ wait: 'PT1H' }], 'waiting'),
    scheduleId: async () => {
      const body = { every: 'PT1H', integration: 'clockify', operation: 'get_user' };
      return (await this.call('POST', '/schedules', body)).body.data.id;
    },
    secretId: async () => {
      const body = { value: 'of-the-example', allowedIntegrations: ['slack'] };
      await this.call('PUT', '/secrets/example', body);
      return 'example';
    },
    catalogueId: async () => {
      const place = `workspaceId=${WORKSPACE}`;
      await this.call('POST', '/bootstrap', { workspaceId: WORKSPACE });
      await until(async () => (await this.call('GET', `/bootstrap?${place}`)).body.data.finishedAt);
      return (await this.call('GET', `/catalogue?type=user&${place}`)).body.data.items[0].id;
    },
    actionRunId: async () => {
      await this.call('POST', '/actions/run', { integration: 'clockify', operation: 'get_user', params: {} });
      return (await this.call('GET', '/actions/runs')).body.data.items[0].id;
    },
  };
}
