import { EventHandlers } from '../../src/events/event-handler.js';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { ClockifyLedgerService } from '../../src/ledger/clockify-ledger.service.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';
import { freePort } from '../support/postgres-server.js';
import { callerOf } from '../support/sandbox-caller.js';
import { deliver } from '../support/webhook-client.js';

const MISSED = 500;

describe("Clockify's delivery ledger", () => {
  const sandbox = new ClockifySandbox({ webhookRetryDelaysMs: [1] });
  let service: TestApp;
  const handled: string[] = [];

  beforeAll(async () => {
    await sandbox.start();
    const call = callerOf(sandbox);
    const nobody = `http://127.0.0.1:${await freePort()}`; // This service is down.
    const subscribe = (webhookEvent: string, path: string) =>
      call('POST', '/webhooks', {
        body: {
          name: 'hook',
          url: `${nobody}${path}`,
          webhookEvent,
          triggerSource: [],
          triggerSourceType: 'WORKSPACE_ID',
        },
      });
    await subscribe('NEW_TAG', '/webhooks/clockify');
    await subscribe('NEW_CLIENT', '/somebody/else');
    for (let n = 0; n < MISSED; n++) await call('POST', '/tags', { body: { name: `tag ${n}` } });
    await call('POST', '/clients', { body: { name: 'Not for us' } });
    await sandbox.deliveries.settled();
    service = await startTestApp({
      env: {
        ...sandbox.environment,
        CLOCKIFY_LEDGER_WORKSPACES: sandbox.workspace.id,
        CLOCKIFY_REQUESTS_PER_SECOND: '0',
      },
    });
    service.app.get(EventHandlers).register({
      name: 'recorder',
      handle: async ({ payload }) => void handled.push((payload as { name: string }).name),
    });
  }, 60_000);
  afterAll(async () => {
    await service.close();
    await sandbox.stop();
  });

  it('gives back every delivery that was missed while the service was down, each handled once', async () => {
    await until(() => handled.length >= MISSED, { withinMs: 150_000 });
    const ledger = service.app.get(ClockifyLedgerService);
    expect(await ledger.heal(sandbox.workspace.id, new AbortController().signal)).toBe(0);
    const expected = Array.from({ length: MISSED }, (_, n) => `tag ${n}`);
    expect(handled.toSorted()).toEqual(expected.toSorted());
    const response = await fetch(`${service.url}/events?limit=1`);
    const { data } = (await response.json()) as { data: { items: { type: string; source: string }[] } };
    expect(data.items[0]).toMatchObject({ source: 'clockify', type: 'NEW_TAG' });
  }, 180_000);

  it('leaves alone what did arrive, though Clockify believes that it did not', async () => {
    const call = callerOf(sandbox);
    const before = handled.length;
    const { body } = await call('POST', '/tags', { body: { name: 'arrived' } });
    await sandbox.deliveries.settled();
    const [log] = sandbox.deliveries.logs(String(sandbox.list('webhooks')[0]?.id)).slice(-1);
    expect(log?.requestBody).toContain(body.id);
    await deliver(service.url, 'clockify', String(log?.requestBody), {
      'Clockify-Webhook-Event-Type': 'NEW_TAG',
    });
    await until(() => handled.length === before + 1);
    const ledger = service.app.get(ClockifyLedgerService);
    expect(await ledger.heal(sandbox.workspace.id, new AbortController().signal)).toBe(0);
  });
});
