import { jest } from '@jest/globals';
import { Clock } from '../../src/clock/clock.js';
import { EventDispatchRepository } from '../../src/events/dispatch/event-dispatch.repository.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { eventRowOf, keyOfId } from '../../src/events/inbox/event-row.js';
import { EventStore } from '../../src/events/inbox/event-store.js';
import { EventsRepository } from '../../src/events/events.repository.js';
import { Database } from '../../src/storage/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { describeOnPostgres } from '../support/database.js';
import { aDelivery } from '../support/deliveries.js';
import { MovedClock } from '../support/moved-clock.js';
import { until } from '../support/until.js';

/** Ahead of real time: ids never go back, and others are being made. */
const HOUR_MS = 3_600_000;
/** As long as the gatherer may take with a delivery: its deadline, and what a batch has at the least. */
const LONGEST_STORING_MS = 950 + 190;

class StandingClock extends Clock {
  constructor(public ms: number) {
    super();
  }

  override nowMs(): number {
    return this.ms;
  }
}

describe('the live tail', () => {
  it('waits for what may still be stored, so that it leaves nothing out', async () => {
    const clock = new StandingClock(Date.now() + HOUR_MS);
    const service = await startTestApp({
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
    const receive = () => service.app.get(EventInbox).receive(aDelivery(), 10);
    const { eventId: first } = await receive();
    const slow = eventRowOf(aDelivery(), {
      now: new Date(++clock.ms),
      windowSeconds: 120,
      keptSeconds: 0,
      bytes: 10,
    });
    clock.ms++;
    const { eventId: quick } = await receive();
    const looks = jest.spyOn(service.app.get(EventsRepository), 'between');
    const response = await fetch(`${service.url}/events/stream`, { headers: { 'Last-Event-ID': first } });
    clock.ms += LONGEST_STORING_MS;
    const looksBefore = looks.mock.calls.length;
    await until(() => looks.mock.calls.length >= looksBefore + 2, { what: 'another look' });
    await service.app.get(EventStore).store([slow], 1_000);
    clock.ms += 60_000;
    expect(await firstTold(response)).toBe(slow.id);
    expect(slow.id < quick).toBe(true);
    await service.close();
  });
});

describe('a stream with a filter', () => {
  it('does not read again what it has passed, and tells what arrives afterwards', async () => {
    const clock = new StandingClock(Date.now() + 2 * HOUR_MS);
    const service = await startTestApp({
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
    const receive = (type: string) => service.app.get(EventInbox).receive(aDelivery({ type }), 10);
    const looks = jest.spyOn(service.app.get(EventsRepository), 'between');
    const response = await fetch(`${service.url}/events/stream?type=WANTED`);
    const { eventId: passed } = await receive('OTHER');
    clock.ms += 60_000;
    const lastCursor = (): string => looks.mock.lastCall?.[1].after ?? '';
    await until(() => lastCursor() > passed, { what: 'the cursor to pass what was not chosen' });
    const { eventId: wanted } = await receive('WANTED');
    clock.ms += 60_000;
    expect(await firstTold(response)).toBe(wanted);
    await service.close();
  });
});

describe('an inbox where nothing happens', () => {
  /** Long enough that what asks twice a second, or each second, cannot be meant. */
  const QUIET_MS = 3_000;

  it('is not asked for events, neither by those who follow nor by the dispatcher, and both are woken by one', async () => {
    const clock = new MovedClock();
    clock.offsetMs = 3 * HOUR_MS;
    const service = await startTestApp({
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
    const asked: number[] = [];
    const note = (): void => void asked.push(performance.now());
    const { app } = service;
    const [between, look] = [app.get(EventsRepository), app.get(EventDispatchRepository)];
    jest
      .spyOn(between, 'between')
      .mockImplementation((...args) => (note(), EventsRepository.prototype.between.apply(between, args)));
    jest
      .spyOn(look, 'look')
      .mockImplementation((...args) => (note(), EventDispatchRepository.prototype.look.apply(look, args)));
    const told: string[] = [];
    app.get(EventHandlers).register({ name: 'test', handle: async ({ id }) => void told.push(id) });
    const response = await fetch(`${service.url}/events/stream`);
    await until(() => performance.now() - (asked.at(-1) ?? Infinity) > QUIET_MS, { what: 'silence' });
    const { eventId } = await app.get(EventInbox).receive(aDelivery(), 10);
    expect(await firstTold(response)).toBe(eventId);
    expect(told).toEqual([eventId]);
    await service.close();
  }, 120_000);
});

describeOnPostgres('a delivery that the database could not store in time', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('is not stored afterwards either: it was refused, and its retry is the event', async () => {
    const delivery = aDelivery({ repeatKey: { kind: 'id', id: 'held-up' } });
    const inbox = service.app.get(EventInbox);
    const { pool } = service.engine;
    const holder = await pool.connect();
    await holder.query('begin');
    await holder.query(
      `insert into clankerbot.event_keys (key, fingerprint, event_id, expires_at) values ($1, '', 'other', now())`,
      [keyOfId(delivery.source, 'held-up')],
    );
    await expect(inbox.receive(delivery, 10)).rejects.toMatchObject({ code: 'unavailable' });
    const storing = async () =>
      (
        await pool.query<{ seconds: number }>(
          `select extract(epoch from clock_timestamp() - query_start)::float as seconds from pg_stat_activity
             where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
               and query like '%json_to_recordset%'`,
        )
      ).rows;
    await until(async () => ((await storing())[0]?.seconds ?? 2) > 1.2, { what: 'the statement to be late' });
    await holder.query('rollback');
    holder.release();
    await until(async () => (await storing()).length === 0, { what: 'the abandoned statement to end' });
    expect(await service.app.get(Database).selectFrom('events').select('id').execute()).toEqual([]);
    expect(await inbox.receive(delivery, 10)).toMatchObject({ isDuplicate: false });
  });
});

/** The id of the first event that the stream tells of. */
async function firstTold(response: Response): Promise<string | undefined> {
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const [, id] = /^id: (\S+)$/m.exec(text) ?? [];
    if (id !== undefined) return id;
  }
  return undefined;
}
