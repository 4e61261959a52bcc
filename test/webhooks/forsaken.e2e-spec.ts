import { jest } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { EventStore } from '../../src/events/inbox/event-store.js';
import { countConnections, startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';
import { deliver } from '../support/webhook-client.js';

/** As many batches as are under way at the most, on either engine. */
const BUSY = 3;

describe('a delivery whose sender has gone before it was stored', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { WEBHOOK_SHARED_SECRET: 'the-secret' } });
  });
  afterAll(() => service.close());

  const send = (id: string) =>
    deliver(service.url, 'clockify', { id, workspaceId: 'w' }, { 'X-Webhook-Secret': 'the-secret' });

  /** Sends a delivery whole, and does not wait for the answer. */
  async function sendAndLeave(id: string, mayLeave: () => Promise<unknown>): Promise<void> {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const body = JSON.stringify({ id, workspaceId: 'w' });
    socket.write(
      `POST /webhooks/clockify HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-Webhook-Secret: the-secret\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await mayLeave();
    socket.destroy();
  }

  it('is not stored: not having been answered, it comes again', async () => {
    const inbox = service.app.get(EventInbox);
    const store = service.app.get(EventStore);
    const gate = Promise.withResolvers<void>();
    const storeNow = store.store.bind(store);
    const spy = jest.spyOn(store, 'store').mockImplementation(async (rows, withinMs) => {
      await gate.promise;
      return storeNow(rows, withinMs);
    });
    const stay = [];
    for (let i = 0; i < BUSY; i++) {
      const begun = spy.mock.calls.length + inbox.waitingCount;
      stay.push(send(`stays-${i}`));
      await until(() => spy.mock.calls.length + inbox.waitingCount > begun);
    }
    const waitedBefore = inbox.waitingCount;
    const connectedBefore = await countConnections(service);
    await sendAndLeave('leaves', () => until(() => inbox.waitingCount > waitedBefore));
    await until(async () => (await countConnections(service)) <= connectedBefore);
    gate.resolve();
    await Promise.allSettled(stay);
    spy.mockRestore();

    await send('comes-later');
    const { rows } = await service.engine.pool.query<{ id: string }>(
      `select payload ->> 'id' as id from clankerbot.events order by id`,
    );
    const stored = rows.map(({ id }) => id);
    expect(stored).toContain('comes-later');
    expect(stored).not.toContain('leaves');
    await send('leaves');
    const again = await service.engine.pool.query(
      `select 1 from clankerbot.events where payload ->> 'id' = 'leaves'`,
    );
    expect(again.rowCount).toBe(1);
  });
});
