import { EventDispatchRepository } from '../../src/events/dispatch/event-dispatch.repository.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { aDelivery } from '../support/deliveries.js';
import { until } from '../support/until.js';

class Gate {
  #open: () => void = () => undefined;
  passed: Promise<void> = Promise.resolve();
  waiting = 0;

  close(): void {
    this.passed = new Promise((resolve) => (this.#open = resolve));
  }

  open(): void {
    this.#open();
  }

  async pass(): Promise<void> {
    this.waiting++;
    await this.passed;
  }
}

const looks = new Gate();
const releases = new Gate();
/** How often each event had been claimed, each time that it was. */
const claimCounts: number[] = [];

/** The real one, which does some of its work when the test says so. */
class GatedRepository extends EventDispatchRepository {
  override async look(...args: Parameters<EventDispatchRepository['look']>) {
    await looks.pass();
    return super.look(...args);
  }

  override async claim(...args: Parameters<EventDispatchRepository['claim']>) {
    const claimed = await super.claim(...args);
    claimCounts.push(...claimed.map(({ claims }) => claims));
    return claimed;
  }

  override async release(...args: Parameters<EventDispatchRepository['release']>) {
    await releases.pass();
    return super.release(...args);
  }
}

/** Claims do not wait for the disk, so a database that falls over and comes back may have forgotten some. */
describe('claims that the database has forgotten', () => {
  let service: TestApp;
  const order: number[] = [];
  const firstTry = new Gate();
  beforeAll(async () => {
    looks.close(); // From the first one on: else that could find the first event alone.
    service = await startTestApp({
      env: { EVENT_RETRY_SECONDS: '0' },
      override: (builder) => builder.overrideProvider(EventDispatchRepository).useClass(GatedRepository),
    });
    let tries = 0;
    service.app.get(EventHandlers).register({
      name: 'test',
      handle: async ({ payload }) => {
        const { n } = payload as { n: number };
        if (n === 1 && ++tries === 1) {
          await firstTry.pass();
          throw new Error('not yet');
        }
        order.push(n);
      },
    });
  });
  afterAll(() => service.close());

  it('change nothing in the order of events about one thing', async () => {
    firstTry.close();
    for (const n of [1, 2, 3])
      await service.app.get(EventInbox).receive(aDelivery({ subjectId: 'one', payload: { n } }), 10);
    looks.open();
    const query = (text: string) => service.engine.pool.query(text);
    const held = async (): Promise<number> =>
      (await query('select 1 from clankerbot.event_dispatch where lease_until > now()')).rows.length;
    await until(async () => firstTry.waiting === 1 && (await held()) === 3, { what: 'all to be in hand' });

    looks.close();
    releases.close();
    await query('update clankerbot.event_dispatch set lease_until = null, claimed_by = null, claims = 0');
    // The first fails while nobody has it; the second is about to be given back when all are claimed anew.
    firstTry.open();
    await until(() => releases.waiting > 0, { what: 'the second to be given back' });
    looks.open();
    await until(async () => (await held()) === 3, { what: 'all to be claimed again' });
    releases.open();

    await until(async () => (await query('select 1 from clankerbot.event_dispatch')).rows.length === 0);
    expect(order).toEqual([1, 2, 3]);
    // A forgotten claim has no say in the next one: else that one is given back twice, and counted down twice.
    expect(Math.min(...claimCounts)).toBe(1);
  }, 30_000);
});
