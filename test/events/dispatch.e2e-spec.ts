import type { Delivery } from '../../src/events/inbox/delivery.js';
import { type EventHandler, EventHandlers, type StoredEvent } from '../../src/events/event-handler.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { eventRowOf } from '../../src/events/inbox/event-row.js';
import { EventStore } from '../../src/events/inbox/event-store.js';
import { Database } from '../../src/storage/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { aDelivery } from '../support/deliveries.js';
import { until } from '../support/until.js';

describe('dispatch', () => {
  let service: TestApp;
  let handle: (
    event: StoredEvent,
    ...rest: Parameters<EventHandler['handle']> extends [unknown, ...infer R] ? R : never
  ) => Promise<void>;
  let db: Database;
  const receive = (delivery: Delivery) => service.app.get(EventInbox).receive(delivery, 10);

  beforeAll(async () => {
    service = await startTestApp({ env: { EVENT_RETRY_SECONDS: '0', EVENT_MAX_ATTEMPTS: '3' } });
    db = service.app.get(Database);
    service.app.get(EventHandlers).register({
      name: 'test',
      interest: async () => (event) => event.type !== 'FOR_NOBODY',
      handle: (event, context) => handle(event, context),
    });
    service.app.get(EventHandlers).register({
      name: 'other',
      interest: async () => (event) => event.type === 'FOR_BOTH',
      handle: async (event) => void told.push(event.id),
    });
  });
  afterAll(() => service.close());
  const told: string[] = [];

  const isThrough = async (id: string): Promise<boolean> => {
    const row = await db
      .selectFrom('event_dispatch')
      .select('seq')
      .where('event_id', '=', id)
      .executeTakeFirst();
    return row === undefined;
  };

  it('tells a handler the event as it was stored', async () => {
    const seen: StoredEvent[] = [];
    handle = async (event) => void seen.push(event);
    const delivery = aDelivery({ userId: 'u1', payload: { deep: [1, null, 'ü'] } });
    const { eventId } = await receive(delivery);
    await until(() => seen.length > 0);
    expect(seen).toEqual([
      {
        id: eventId,
        source: 'test',
        type: 'THING_CHANGED',
        isTypeInferred: false,
        workspaceId: 'w1',
        userId: 'u1',
        subjectId: delivery.subjectId,
        payload: { deep: [1, null, 'ü'] },
        receivedAt: expect.any(Date),
        replayOf: null,
      },
    ]);
    await until(() => isThrough(eventId));
  });

  it('is done at once with an event that nobody wants', async () => {
    const seen: string[] = [];
    handle = async (event) => void seen.push(event.type);
    const unwanted = await receive(aDelivery({ type: 'FOR_NOBODY' }));
    await until(() => isThrough(unwanted.eventId));
    const wanted = await receive(aDelivery());
    await until(() => isThrough(wanted.eventId));
    expect(seen).toEqual(['THING_CHANGED']);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/^events_unwanted_total 1$/m);
  });

  it('keeps the order of events about one thing, while other things go on', async () => {
    const order: unknown[] = [];
    const gate = Promise.withResolvers<void>();
    handle = async ({ payload, subjectId }) => {
      if (subjectId === 'slow' && (payload as { n: number }).n === 1) await gate.promise;
      order.push([subjectId, (payload as { n: number }).n]);
    };
    for (const n of [1, 2, 3]) await receive(aDelivery({ subjectId: 'slow', payload: { n } }));
    await receive(aDelivery({ subjectId: 'quick', payload: { n: 1 } }));
    await until(() => order.length === 1);
    expect(order).toEqual([['quick', 1]]);
    gate.resolve();
    await until(() => order.length === 4);
    expect(order.slice(1)).toEqual([
      ['slow', 1],
      ['slow', 2],
      ['slow', 3],
    ]);
  });

  it('tries again after a failure, before the next event of the same thing', async () => {
    const order: unknown[] = [];
    handle = async ({ payload }, { attempt }) => {
      const { n } = payload as { n: number };
      order.push([n, attempt]);
      if (n === 1 && attempt < 3) throw new Error('not yet');
    };
    for (const n of [1, 2]) await receive(aDelivery({ subjectId: 'flaky', payload: { n } }));
    await until(() => order.length === 4);
    expect(order).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
    ]);
  });

  it('makes an event that keeps failing a dead letter with the reason, and goes on with the next', async () => {
    let done = 0;
    handle = async ({ payload }) => {
      if ((payload as { n: number }).n === 1) throw new TypeError('always');
      done++;
    };
    const first = await receive(aDelivery({ subjectId: 'broken', payload: { n: 1 } }));
    await receive(aDelivery({ subjectId: 'broken', payload: { n: 2 } }));
    await until(() => done === 1);
    const letter = await db
      .selectFrom('event_dead_letters')
      .selectAll()
      .where('event_id', '=', first.eventId)
      .executeTakeFirstOrThrow();
    expect(letter).toMatchObject({
      attempts: 3,
      error: { failures: [{ handler: 'test', name: 'TypeError', message: 'always' }] },
    });
  });

  it('does not tell a handler again that was through when another one failed', async () => {
    let tries = 0;
    told.length = 0;
    handle = async () => {
      if (++tries < 3) throw new Error('not yet');
    };
    const { eventId } = await receive(aDelivery({ type: 'FOR_BOTH' }));
    await until(() => isThrough(eventId));
    expect({ tries, told }).toEqual({ tries: 3, told: [eventId] });
  });

  it('lets effect and record stand or fall together', async () => {
    let tries = 0;
    handle = async (event, context) => {
      tries++;
      await db.transaction().execute(async (transaction) => {
        await context.recordHandled(transaction);
        await transaction
          .insertInto('event_keys')
          .values({ key: `effect-${tries}`, fingerprint: '', event_id: event.id, expires_at: new Date() })
          .execute();
        if (tries === 1) throw new Error('rolled back');
      });
      throw new Error('after the commit');
    };
    const { eventId } = await receive(aDelivery());
    await until(() => isThrough(eventId));
    const effects = await db
      .selectFrom('event_keys')
      .select('key')
      .where('key', 'like', 'effect-%')
      .execute();
    expect(effects).toEqual([{ key: 'effect-2' }]);
    expect(tries).toBe(2); // What is recorded is not told again, although the second try failed after it.
  });

  it('refuses to record what a handler does for an event that is in other hands by now', async () => {
    const outcomes: string[] = [];
    handle = async (event, context) => {
      const isFirst = outcomes.length === 0;
      // As if this process had stood still, and another one had claimed the event meanwhile and lost it.
      if (isFirst)
        await db
          .updateTable('event_dispatch')
          .set({ claimed_by: 'another', lease_until: new Date(0) })
          .where('event_id', '=', event.id)
          .execute();
      const recording = db.transaction().execute((transaction) => context.recordHandled(transaction));
      await recording.then(
        () => outcomes.push('recorded'),
        (error: Error) => outcomes.push(error.name),
      );
      await recording;
    };
    const { eventId } = await receive(aDelivery());
    await until(() => isThrough(eventId));
    expect(outcomes).toEqual(['ClaimLostError', 'recorded']);
  });

  it('does not dispatch a repeat, and answers the id of the original', async () => {
    const seen: string[] = [];
    handle = async (event) => void seen.push(event.id);
    const delivery = aDelivery();
    const [first, second] = await Promise.all([receive(delivery), receive(delivery)]);
    const third = await receive(delivery);
    expect([first, second].map((r) => r?.isDuplicate).sort()).toEqual([false, true]); // Either may be the first.
    expect(third.isDuplicate).toBe(true);
    expect(new Set([first, second, third].map((r) => r?.eventId)).size).toBe(1);
    await until(() => isThrough(first?.eventId ?? ''));
    expect(seen).toEqual([first?.eventId]);
    const stored = await db
      .selectFrom('events')
      .select(['id', 'repeat_of'])
      .where('repeat_of', '=', first?.eventId ?? '')
      .execute();
    expect(stored).toHaveLength(2);
  });

  it('recognises a retry by content, yet takes back-and-forth changes for three events', async () => {
    handle = async () => undefined;
    const of = (archived: boolean): Delivery =>
      aDelivery({
        subjectId: 'c1',
        payload: { archived },
        repeatKey: { kind: 'content', about: ['w1', 'CLIENT_UPDATED', 'c1'], said: [`${archived}`] },
      });
    const oneByOne = [];
    for (const archived of [true, true, false, true, true]) oneByOne.push(await receive(of(archived)));
    expect(oneByOne.map((r) => r.isDuplicate)).toEqual([false, true, false, false, true]);
    const options = { now: new Date(), windowSeconds: 120, keptSeconds: 0, bytes: 10 };
    const oneBatch = [false, true, false, false].map((archived) => eventRowOf(of(archived), options));
    const stored = await service.app.get(EventStore).store(oneBatch, 1_000);
    expect(stored.map((r) => r.original !== r.id)).toEqual([false, false, false, true]);
  });
});
