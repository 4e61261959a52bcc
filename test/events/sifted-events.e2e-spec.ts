import { EventBell } from '../../src/events/event-bell.js';
import { EventDispatchRepository } from '../../src/events/dispatch/event-dispatch.repository.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { queueEvents } from '../support/queued-events.js';
import { until } from '../support/until.js';

const numberOf = (event: { payload: unknown }): number => (event.payload as { n: number }).n;

describe('events of which nothing will come', () => {
  let service: TestApp;
  const told: number[] = [];
  const claimed: number[] = [];

  class NotingRepository extends EventDispatchRepository {
    override async claim(...args: Parameters<EventDispatchRepository['claim']>) {
      const events = await super.claim(...args);
      claimed.push(...events.map(({ event }) => numberOf(event)));
      return events;
    }
  }

  beforeEach(async () => {
    told.length = 0;
    claimed.length = 0;
    service = await startTestApp({
      override: (builder) => builder.overrideProvider(EventDispatchRepository).useClass(NotingRepository),
    });
    service.app.get(EventHandlers).register({
      name: 'sifting',
      interest: async () => () => true,
      sift: async () => (event) => numberOf(event) % 10 === 0,
      handle: async (event) => void told.push(numberOf(event)),
    });
  });
  afterEach(() => service.close());

  const receiveMany = async (count: number): Promise<void> => {
    const numbers = Array.from({ length: count }, (_, i) => i + 1);
    await queueEvents(
      service.engine.pool,
      numbers.map((seq) => ({ seq, subject: `s${seq % 7}` })),
    );
    service.app.get(EventBell).ring();
    await until(
      async () =>
        (await service.engine.pool.query('select 1 from clankerbot.event_dispatch')).rows.length === 0,
      { what: 'all to be through' },
    );
  };
  const TENS = Array.from({ length: 20 }, (_, i) => 10 * (i + 1));

  it('are done without being claimed, and the others are handled', async () => {
    await receiveMany(200);
    expect(told.toSorted((a, b) => a - b)).toEqual(TENS);
    expect(claimed.toSorted((a, b) => a - b)).toEqual(TENS);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toMatch(/^events_unwanted_total 180$/m);
  });

  it('are handled by those who do not sift', async () => {
    const other: number[] = [];
    service.app.get(EventHandlers).register({
      name: 'other',
      handle: async (event) => void other.push(numberOf(event)),
    });
    await receiveMany(200);
    expect(other).toHaveLength(200);
    expect(told.toSorted((a, b) => a - b)).toEqual(expect.arrayContaining(TENS));
  });
});
