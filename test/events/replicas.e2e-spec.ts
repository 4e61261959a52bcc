import { createDatabase } from '../../src/storage/database.js';
import { Statements } from '../../src/storage/statements.js';
import { eventRowOf } from '../../src/events/inbox/event-row.js';
import { EventStore } from '../../src/events/inbox/event-store.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { startTestApp } from '../support/app.js';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { aDelivery } from '../support/deliveries.js';
import { until } from '../support/until.js';

describeOnPostgres('two replicas', () => {
  it('make one event of the same delivery, however they come by them at the same time', async () => {
    const database = await createPostgresDatabase();
    const engines = [1, 2].map(
      () => new PostgresEngine({ url: database.url, poolSize: 4, onError: () => undefined }),
    );
    const stores = engines.map((engine) => new EventStore(new Statements(engine)));
    const deliveries = Array.from({ length: 60 }, () => aDelivery());
    const options = { now: new Date(), windowSeconds: 120, keptSeconds: 0, bytes: 10 };
    const batches = stores.flatMap((store, i) =>
      [0, 20, 40].map((from) => {
        // Each replica in another order: what would deadlock if keys were taken as they come.
        const mine = deliveries.slice(from, from + 20).map((delivery) => eventRowOf(delivery, options));
        return store.store(i === 0 ? mine : mine.toReversed(), 10_000);
      }),
    );
    const stored = (await Promise.all(batches)).flat();
    const originals = stored.filter(({ id, original }) => id === original);
    expect(stored).toHaveLength(120);
    expect(originals).toHaveLength(60);
    const [engine] = engines;
    if (!engine) throw new Error('There is no engine');
    const queued = await createDatabase(engine).selectFrom('event_dispatch').select('event_id').execute();
    expect(queued.map((row) => row.event_id).sort()).toEqual(originals.map(({ id }) => id).sort());
    await Promise.all(engines.map((each) => each.close()));
    await database.drop();
  });

  it('hear from each other of what was stored, long before they look by themselves', async () => {
    const database = await createPostgresDatabase();
    const start = (role: string) =>
      startTestApp({
        engine: new PostgresEngine({ url: database.url, poolSize: 4, onError: () => undefined }),
        env: { PROCESS_ROLE: role },
      });
    const [web, worker] = [await start('web'), await start('worker')];
    let heard = 0;
    worker.app.get(EventHandlers).register({ name: 'ear', handle: async () => void heard++ });
    const delaysMs: number[] = [];
    for (let n = 1; n <= 9; n++) {
      await web.app.get(EventInbox).receive(aDelivery(), 10);
      const storedMs = performance.now();
      await until(() => heard === n, { what: 'the event in the other process', everyMs: 5 });
      delaysMs.push(performance.now() - storedMs);
    }
    expect(delaysMs.toSorted((a, b) => a - b)[4]).toBeLessThan(300); // They look every second.
    await web.close();
    await worker.close();
    await database.drop();
  });
});
