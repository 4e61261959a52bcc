import { startHttpServer, type TestServer } from '../support/http-server.js';
import { callerOf, type SandboxCaller } from '../support/sandbox-caller.js';
import { until } from '../support/until.js';
import { Clock } from '../../src/clock/clock.js';
import { ClockifySandbox } from './clockify-sandbox.js';

class MovableClock extends Clock {
  aheadMs = 0;

  override nowMs(): number {
    return Date.now() + this.aheadMs;
  }
}

describe('webhooks of the sandbox', () => {
  const clock = new MovableClock();
  let sandbox: ClockifySandbox;
  let receiver: TestServer;
  let call: SandboxCaller;
  let statuses: number[];

  beforeEach(async () => {
    statuses = [];
    clock.aheadMs = 0;
    receiver = await startHttpServer((_request, response) => {
      response.writeHead(statuses.shift() ?? 200).end('seen');
    });
    sandbox = new ClockifySandbox({ clock, webhookRetryDelaysMs: [5, 5] });
    await sandbox.start();
    call = callerOf(sandbox);
  });
  afterEach(async () => {
    await sandbox.stop();
    await receiver.close();
  });

  async function subscribe(
    webhookEvent: string,
    more: object = {},
  ): Promise<{ id: string; authToken: string }> {
    const body = {
      name: 'hook',
      url: `${receiver.url}/hook`,
      webhookEvent,
      triggerSource: [],
      triggerSourceType: 'WORKSPACE_ID',
      ...more,
    };
    const response = await call('POST', '/webhooks', { body });
    expect(response.status).toBe(201);
    return response.body;
  }

  async function startTimer(): Promise<string> {
    return (await call('POST', '/time-entries', { body: { start: '2026-01-05T09:00:00Z' } })).body
      .id as string;
  }

  it('are sent the entity with the token and the event in headers', async () => {
    const webhook = await subscribe('NEW_TIMER_STARTED');
    const id = await startTimer();
    await sandbox.deliveries.settled();
    expect(receiver.received).toHaveLength(1);
    const [request] = receiver.received;
    expect(request?.headers).toMatchObject({
      'clockify-signature': webhook.authToken,
      'clockify-webhook-event-type': 'NEW_TIMER_STARTED',
    });
    const body = JSON.parse(String(request?.body));
    expect(body).toMatchObject({
      id,
      workspaceId: sandbox.workspace.id,
      timeInterval: { end: null },
      user: { id: sandbox.user.id },
    });
  });

  it('are told apart by event and by trigger source', async () => {
    const project = sandbox.add('projects', { name: 'Site' });
    await subscribe('NEW_TIME_ENTRY', { triggerSource: [project.id], triggerSourceType: 'PROJECT_ID' });
    const times = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z' };
    await call('POST', '/time-entries', { body: times });
    await startTimer();
    await call('POST', '/time-entries', { body: { ...times, projectId: project.id } });
    await sandbox.deliveries.settled();
    expect(receiver.received.map((r) => JSON.parse(String(r.body)).projectId)).toEqual([project.id]);
  });

  it('get a failed event again, and the ledger says how often and what came back', async () => {
    const { id } = await subscribe('NEW_TAG');
    statuses = [500, 503];
    await call('POST', '/tags', { body: { name: 'a' } });
    await sandbox.deliveries.settled();
    expect(receiver.received).toHaveLength(3);
    const rows = await call('GET', `/webhooks/${id}/statuses?page=0&size=10`);
    expect(rows.body).toMatchObject([{ webhookId: id, status: 'SUCCEEDED', retryCount: 2 }]);
    const logs = await call('POST', `/webhooks/${id}/logs`, { body: { status: 'FAILED' } });
    expect(logs.body).toMatchObject([{ statusCode: 500 }, { statusCode: 503, responseBody: 'seen' }]);
    expect(
      (await call('POST', `/webhooks/${id}/logs?size=1`, { body: { sortByNewest: true } })).body,
    ).toMatchObject([{ statusCode: 200 }]);
  });

  it('are given up on after the last attempt', async () => {
    const { id } = await subscribe('NEW_TAG');
    statuses = [500, 500, 500];
    await call('POST', '/tags', { body: { name: 'a' } });
    await sandbox.deliveries.settled();
    expect((await call('GET', `/webhooks/${id}/statuses?statuses=FAILED`)).body).toMatchObject([
      { retryCount: 2 },
    ]);
    expect((await call('GET', `/webhooks/${id}/statuses?statuses=SUCCEEDED`)).body).toEqual([]);
  });

  it('are in the ledger as RETRYING while the receiver is away', async () => {
    await sandbox.stop();
    sandbox = new ClockifySandbox({ clock, webhookRetryDelaysMs: [60_000] });
    await sandbox.start();
    call = callerOf(sandbox);
    const { id } = await subscribe('NEW_TAG', { url: 'http://127.0.0.1:1/hook' });
    await call('POST', '/tags', { body: { name: 'a' } });
    await until(() => sandbox.deliveries.logs(id).length > 0);
    expect((await call('GET', `/webhooks/${id}/statuses`)).body).toMatchObject([
      { status: 'RETRYING', retryCount: 0 },
    ]);
  });

  it('forgets after seven days', async () => {
    const { id } = await subscribe('NEW_TAG');
    await call('POST', '/tags', { body: { name: 'a' } });
    await sandbox.deliveries.settled();
    clock.aheadMs = 8 * 24 * 3600 * 1000;
    expect((await call('GET', `/webhooks/${id}/statuses`)).body).toEqual([]);
    expect((await call('POST', `/webhooks/${id}/logs`, { body: {} })).body).toEqual([]);
  });

  it('never leave this machine', async () => {
    const { id } = await subscribe('NEW_TAG', { url: 'https://example.com/hook' });
    await call('POST', '/tags', { body: { name: 'a' } });
    await sandbox.deliveries.settled();
    const logs = (await call('POST', `/webhooks/${id}/logs`, { body: {} })).body;
    expect(logs[0]).toMatchObject({
      statusCode: 0,
      responseBody: expect.stringContaining('this machine only'),
    });
  });

  it('have a token that PATCH renews, and a name that is called taken when it is missing', async () => {
    const { id, authToken } = await subscribe('NEW_TAG');
    const renewed = await call('PATCH', `/webhooks/${id}/token`);
    expect(renewed.status).toBe(200);
    expect(renewed.body.authToken).not.toBe(authToken);
    const nameless = {
      url: receiver.url,
      webhookEvent: 'NEW_TAG',
      triggerSource: [],
      triggerSourceType: 'WORKSPACE_ID',
    };
    const refused = await call('POST', '/webhooks', { body: nameless });
    expect(refused).toMatchObject({ status: 400, body: { code: 501, message: 'Webhook already exists' } });
  });
});
