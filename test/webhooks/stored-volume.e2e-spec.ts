import { Database } from '../../src/storage/database.js';
import { WebhookVolumes } from '../../src/sources/reception/webhook-volumes.js';
import { Clock } from '../../src/clock/clock.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestEngine } from '../support/database.js';
import { MovedClock } from '../support/moved-clock.js';
import { deliver } from '../support/webhook-client.js';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const SOURCES = { shop: { kind: 'secret', secrets: ['shop-secret'], header: 'X-Token' } };

describe('what a source may store in a day', () => {
  const clock = new MovedClock();
  let counter = 0;
  // A new database for each test: an embedded one is gone when the last application on it closes.
  let owned: Awaited<ReturnType<typeof createTestEngine>>;
  beforeEach(async () => {
    owned = await createTestEngine();
  });
  afterEach(() => owned.drop());

  const start = (limit: string): Promise<TestApp> =>
    startTestApp({
      engine: owned.engine,
      env: {
        WEBHOOK_SHARED_SECRET: 'the-secret',
        WEBHOOK_SOURCES: JSON.stringify(SOURCES),
        WEBHOOK_MAX_STORED_MB_PER_DAY: limit,
      },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  const send = (service: TestApp, source: 'clockify' | 'shop', bytes: number) =>
    deliver(
      service.url,
      source,
      { id: `${counter++}`, text: 'x'.repeat(bytes) },
      { 'X-Webhook-Secret': 'the-secret', 'X-Token': 'shop-secret' },
    );

  it('is bounded for each source by itself, also for the process that comes after, until the next day', async () => {
    const first = await start('2');
    expect((await send(first, 'clockify', MIB)).status).toBe(200);
    expect((await send(first, 'clockify', MIB)).status).toBe(200);
    const refused = await send(first, 'clockify', 10);
    expect([refused.status, refused.body.error.code, refused.body.error.message]).toEqual([
      429,
      'rate_limited',
      expect.stringContaining('WEBHOOK_MAX_STORED_MB_PER_DAY'),
    ]);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(3_600);
    expect((await send(first, 'shop', 10)).status).toBe(200);
    await first.app.get(WebhookVolumes).beforeApplicationShutdown();

    const second = await start('2');
    expect((await send(second, 'clockify', 10)).status).toBe(429);
    clock.offsetMs += DAY_MS;
    expect((await send(second, 'clockify', 10)).status).toBe(200);
    await second.close();
    await first.close();
  });

  it('is told by all replicas together, and forgotten after a week', async () => {
    const a = await start('3');
    const b = await start('3');
    expect((await send(a, 'shop', 10)).status).toBe(200);
    await a.app.get(WebhookVolumes).beforeApplicationShutdown();
    clock.offsetMs += 20 * DAY_MS;
    expect((await send(b, 'clockify', 10)).status).toBe(200);
    for (let i = 0; i < 3; i++) expect((await send(a, 'clockify', MIB)).status).toBe(200);
    await a.app.get(WebhookVolumes).beforeApplicationShutdown();
    // b is told the sum when it tells its own.
    await b.app.get(WebhookVolumes).beforeApplicationShutdown();
    expect((await send(b, 'clockify', 10)).status).toBe(429);
    const days = await a.app.get(Database).selectFrom('webhook_volumes').select('source').execute();
    expect(days.map(({ source }) => source)).toEqual(['clockify']);
    await b.close();
    await a.close();
  });

  it('has no bound with 0', async () => {
    const service = await start('0');
    for (let i = 0; i < 4; i++) expect((await send(service, 'shop', MIB)).status).toBe(200);
    await service.close();
  });
});
