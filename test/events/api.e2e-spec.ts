import type { Delivery } from '../../src/events/inbox/delivery.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { EventRetention } from '../../src/events/event-retention.js';
import { Database } from '../../src/storage/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { aDelivery } from '../support/deliveries.js';
import { until } from '../support/until.js';

describe('looking at events and repairing', () => {
  let service: TestApp;
  let handled: { id: string; replayOf: string | null }[] = [];
  let failing = false;
  const receive = (change: Partial<Delivery> = {}) =>
    service.app.get(EventInbox).receive(aDelivery(change), 10);
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the service answers; the tests say what it must be
  type Json = any;
  const call = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; data: Json; body: Json }> => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const json = (await response.json()) as Json;
    return { status: response.status, data: json.data, body: json };
  };
  const statusOf = async (id: string): Promise<string> => (await call('GET', `/events/${id}`)).data.status;

  beforeAll(async () => {
    service = await startTestApp({
      env: {
        EVENT_RETRY_SECONDS: '0',
        EVENT_MAX_ATTEMPTS: '2',
        EVENT_RETENTION_DAYS: '30',
        RATE_LIMIT_PER_MINUTE: '100000',
      },
    });
    service.app.get(EventHandlers).register({
      name: 'recorder',
      handle: async ({ id, replayOf }) => {
        if (failing) throw new Error('not today');
        handled.push({ id, replayOf });
      },
    });
  });
  beforeEach(() => {
    handled = [];
    failing = false;
  });
  afterAll(() => service.close());

  it('lists by source, type, workspace, status and time, page by page', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await receive({ type: 'LISTED', workspaceId: 'w-list' })).eventId);
    await receive({ type: 'OTHER', workspaceId: 'w-list' });
    await until(() => handled.length === 6);
    await until(async () => (await statusOf(ids[4] ?? '')) === 'done');
    const filter = `type=LISTED&workspaceId=w-list&source=test&status=done&from=2020-01-01T00:00:00Z`;
    const first = await call('GET', `/events?${filter}&limit=3`);
    const second = await call('GET', `/events?${filter}&limit=3&cursor=${first.data.nextCursor}`);
    const listed = [...first.data.items, ...second.data.items].map((item: { id: string }) => item.id);
    expect(listed).toEqual(ids.toReversed());
    expect(second.data.nextCursor).toBeNull();
    expect((await call('GET', '/events?to=2020-01-01T00:00:00Z')).data.items).toEqual([]);
    expect((await call('GET', '/events?status=nonsense')).status).toBe(400);
    expect((await call('GET', '/events?cursor=nonsense')).status).toBe(400);
  });

  it('shows an event with its payload, its tries and its handlers', async () => {
    failing = true;
    const { eventId } = await receive({ payload: { a: 1 }, changes: ['something'] });
    await until(async () => (await statusOf(eventId)) === 'dead');
    const { data } = await call('GET', `/events/${eventId}`);
    expect(data).toMatchObject({
      id: eventId,
      payload: { a: 1 },
      changes: ['something'],
      attempts: 2,
      lastError: { failures: [{ handler: 'recorder', message: 'not today' }] },
      handlers: expect.arrayContaining([{ name: 'recorder', status: 'pending', handledAt: null }]),
    });
    expect((await call('GET', '/events/01ARZ3NDEKTSV4RRFFQ69G5FAV')).status).toBe(404);
  });

  it('redrives a dead letter, which can die again', async () => {
    failing = true;
    const { eventId } = await receive();
    const isDead = async (): Promise<boolean> => (await statusOf(eventId)) === 'dead';
    await until(isDead);
    expect((await call('POST', `/dead-letters/${eventId}/redrive`)).data).toEqual({ redriven: 1 });
    await until(isDead);
    const letters = await call('GET', '/dead-letters');
    expect(letters.data.items[0]).toMatchObject({ id: eventId, kind: 'event', name: 'THING_CHANGED' });
    failing = false;
    expect((await call('POST', '/dead-letters/redrive', { kind: 'event' })).data.redriven).toBeGreaterThan(0);
    await until(async () => (await statusOf(eventId)) === 'done');
    expect((await call('POST', `/dead-letters/${eventId}/redrive`)).status).toBe(404);
    expect((await call('GET', '/dead-letters?kind=job')).data.items).toEqual([]);
    expect((await call('POST', '/dead-letters/redrive', { kind: 'job' })).data).toEqual({ redriven: 0 });
  });

  it('really runs a replay again, and marks it as one', async () => {
    const { eventId } = await receive();
    await until(() => handled.length === 1);
    const first = await call('POST', `/events/${eventId}/replay`);
    const second = await call('POST', `/events/${first.data.eventId}/replay`);
    await until(() => handled.length === 3);
    expect([first.data.replayOf, second.data.replayOf]).toEqual([eventId, eventId]);
    expect(handled).toEqual([
      { id: eventId, replayOf: null },
      { id: first.data.eventId, replayOf: eventId },
      { id: second.data.eventId, replayOf: eventId },
    ]);
    expect((await call('GET', `/events/${first.data.eventId}`)).data.replayOf).toBe(eventId);
    expect((await call('POST', '/events/01ARZ3NDEKTSV4RRFFQ69G5FAV/replay')).status).toBe(404);
  });

  it('replays by filter what is no repeat and no replay, after a dry run that counts it', async () => {
    const repeated = { type: 'MANY', repeatKey: { kind: 'id', id: 'same' } } as const;
    await receive(repeated);
    await receive(repeated);
    await receive({ type: 'MANY' });
    await until(() => handled.length === 2);
    const filter = { type: 'MANY' };
    expect((await call('POST', '/events/replay', { ...filter, dryRun: true })).data).toEqual({
      matched: 2,
      replayed: 0,
      dryRun: true,
    });
    for (let round = 1; round <= 2; round++) {
      expect((await call('POST', '/events/replay', filter)).data).toEqual({
        matched: 2,
        replayed: 2,
        dryRun: false,
      });
      await until(() => handled.length === 2 + 2 * round);
    }
  });

  it('tells whoever follows of each event once and in order, also after a broken connection', async () => {
    const follow = async (count: number, headers: Record<string, string> = {}): Promise<string[]> => {
      const response = await fetch(`${service.url}/events/stream?type=TOLD`, { headers });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
      const ids: string[] = [];
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        ids.push(
          ...[
            ...Buffer.from(chunk)
              .toString()
              .matchAll(/^id: (\S+)$/gm),
          ].map((match) => match[1] ?? ''),
        );
        if (ids.length >= count) break;
      }
      return ids;
    };
    const before = await receive({ type: 'TOLD' });
    const following = follow(2, { 'Last-Event-ID': before.eventId });
    const after = [await receive({ type: 'TOLD' }), await receive({ type: 'TOLD' })].map((r) => r.eventId);
    expect(await following).toEqual(after);
    expect(await follow(1, { 'Last-Event-ID': after[0] ?? '' })).toEqual([after[1]]);
  });

  it('deletes old events in batches, except those that wait or are dead, and knows their ids still', async () => {
    const db = service.app.get(Database);
    const delivery = aDelivery();
    const old = await service.app.get(EventInbox).receive(delivery, 10);
    await until(async () => (await statusOf(old.eventId)) === 'done');
    failing = true;
    const dead = await receive();
    await until(async () => (await statusOf(dead.eventId)) === 'dead');
    const age = async (id: string): Promise<string> => {
      const aged = `00${id.slice(2)}`; // An id of 1970-something.
      for (const [table, column] of [
        ['events', 'id'],
        ['event_dead_letters', 'event_id'],
      ] as const) {
        await db
          .updateTable(table as 'events')
          .set({ [column]: aged })
          .where(column as 'id', '=', id)
          .execute();
      }
      return aged;
    };
    const [agedOld, agedDead] = [await age(old.eventId), await age(dead.eventId)];
    expect(await service.app.get(EventRetention).run()).toBe(1);
    expect((await call('GET', `/events/${agedOld}`)).status).toBe(404);
    expect((await call('GET', `/events/${agedDead}`)).status).toBe(200);
    expect((await service.app.get(EventInbox).receive(delivery, 10)).isDuplicate).toBe(true);
  });
});
