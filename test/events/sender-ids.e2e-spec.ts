import { Clock } from '../../src/clock/clock.js';
import type { Delivery } from '../../src/events/inbox/delivery.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { EventLookup } from '../../src/events/inbox/event-lookup.js';
import { EventRetention } from '../../src/events/event-retention.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { aDelivery } from '../support/deliveries.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe("a sender's id of an event", () => {
  let service: TestApp;
  const clock = new ShiftedClock();
  beforeAll(async () => {
    service = await startTestApp({
      env: { EVENT_RETENTION_DAYS: '30', WEBHOOK_DEDUPE_WINDOW_SECONDS: '60' },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  });
  afterAll(() => service.close());

  const receive = (change: Partial<Delivery>) => service.app.get(EventInbox).receive(aDelivery(change), 10);
  const withId = (id: string, workspaceId: string | null = 'w-1') =>
    receive({ repeatKey: { kind: 'id', id }, workspaceId });
  const query = async (text: string): Promise<unknown[]> => (await service.engine.pool.query(text)).rows;
  const sweep = () => service.app.get(EventRetention).run();
  const untilHandled = () =>
    until(async () => (await query('select 1 from clankerbot.event_dispatch')).length === 0, {
      what: 'every event to be handled',
    });

  it('is its workspace’s: two that use the same id are two events, each with its repeats', async () => {
    const first = await withId('shared', 'w-1');
    const second = await withId('shared', 'w-2');
    const third = await withId('shared', null);
    expect([first, second, third].map(({ isDuplicate }) => isDuplicate)).toEqual([false, false, false]);
    expect(await withId('shared', 'w-1')).toEqual({ eventId: first.eventId, isDuplicate: true });
    expect(await withId('shared', 'w-2')).toEqual({ eventId: second.eventId, isDuplicate: true });
    expect(await withId('shared', null)).toEqual({ eventId: third.eventId, isDuplicate: true });
  });

  it('is so too where both arrive in one batch, with repeats among them', async () => {
    const workspaces = ['w-1', 'w-2', 'w-1', 'w-2', 'w-2'];
    const receipts = await Promise.all(workspaces.map((workspace) => withId('batch', workspace)));
    const originals = receipts.filter(({ isDuplicate }) => !isDuplicate);
    expect(originals).toHaveLength(2);
    const [one, two] = receipts.map(({ eventId }) => eventId);
    expect(receipts.map(({ eventId }) => eventId)).toEqual([one, two, one, two, two]);
    expect(two).not.toBe(one);
  });

  it('is known to whoever fetches what may have been missed, in its workspace', async () => {
    await withId('ledger', 'w-1');
    await withId('ledger', 'w-2');
    await withId('only', 'w-1');
    const lookup = service.app.get(EventLookup);
    const ids = ['ledger', 'only', 'never'];
    expect(await lookup.unknownIds({ source: 'test', workspaceId: 'w-1', ids })).toEqual(['never']);
    expect(await lookup.unknownIds({ source: 'test', workspaceId: 'w-2', ids })).toEqual(['only', 'never']);
  });

  it('of an event of the release before, which did not note the workspace, is known in every one', async () => {
    const { eventId } = await withId('older', 'w-1');
    await query(`update clankerbot.event_keys set workspace_id = null where event_id = '${eventId}'`);
    expect(await withId('older', 'w-2')).toEqual({ eventId, isDuplicate: true });
  });

  it('is known to the day as long as its event is kept, and goes with it', async () => {
    const [one, other] = [await withId('kept', 'w-1'), await withId('kept', 'w-2')];
    await untilHandled();
    clock.forward(30 * DAY_MS - HOUR_MS);
    expect(await sweep()).toBe(0);
    expect(await withId('kept', 'w-1')).toEqual({ eventId: one.eventId, isDuplicate: true });
    expect(await withId('kept', 'w-2')).toEqual({ eventId: other.eventId, isDuplicate: true });
    await untilHandled();
    clock.forward(2 * HOUR_MS);
    expect(await sweep()).toBeGreaterThanOrEqual(2);
    const keys = `select 1 from clankerbot.event_keys where event_id in ('${one.eventId}', '${other.eventId}')`;
    expect(await query(keys)).toEqual([]);
    expect(await withId('kept', 'w-1')).toMatchObject({ isDuplicate: false });
    expect(await withId('kept', 'w-2')).toMatchObject({ isDuplicate: false });
  });

  it('is not needed where the content repeats: that is known within the window, and its key goes an hour after', async () => {
    const content = { repeatKey: { kind: 'content', about: ['thing'], said: ['word'] } } as const;
    const first = await receive(content);
    const keyOfFirst = `clankerbot.event_keys where event_id = '${first.eventId}'`;
    const later = (seconds: number) =>
      query(`update clankerbot.event_keys set expires_at = expires_at - make_interval(secs => ${seconds})
        where event_id = '${first.eventId}'`);
    await later(55);
    await sweep();
    expect(await receive(content)).toEqual({ eventId: first.eventId, isDuplicate: true });
    await later(3_600);
    await sweep();
    expect(await query(`select 1 from ${keyOfFirst}`)).toHaveLength(1);
    await later(10);
    await sweep();
    expect(await query(`select 1 from ${keyOfFirst}`)).toEqual([]);
    expect(await receive(content)).toMatchObject({ isDuplicate: false });
  });

  it('is a window, not for ever, that makes the same content a repeat', async () => {
    const content = { repeatKey: { kind: 'content', about: ['other'], said: ['word'] } } as const;
    const first = await receive(content);
    await query(
      `update clankerbot.event_keys set expires_at = now() - interval '1 second' where event_id = '${first.eventId}'`,
    );
    const second = await receive(content);
    expect(second.isDuplicate).toBe(false);
    expect(await receive(content)).toEqual({ eventId: second.eventId, isDuplicate: true });
  });
});
