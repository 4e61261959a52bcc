import request from 'supertest';
import { Clock } from '../../src/clock/clock.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { aDelivery } from '../support/deliveries.js';
import { MovedClock } from '../support/moved-clock.js';
import { until } from '../support/until.js';

const ADMIN = 'the-admin-of-the-test';

describe('the key of an event stream', () => {
  let service: TestApp;
  const clock = new MovedClock();
  beforeAll(async () => {
    service = await startTestApp({
      env: { HOST: '0.0.0.0', API_KEYS: `root:admin:${ADMIN}` },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  });
  afterAll(() => service.close());

  let made = 0;
  const newKey = async (expiresAt?: string): Promise<{ id: string; secret: string }> => {
    const answer = await request(service.url)
      .post('/api-keys')
      .set('X-Api-Key', ADMIN)
      .send({ name: `follower-${++made}`, role: 'viewer', ...(expiresAt === undefined ? {} : { expiresAt }) })
      .expect(201);
    return answer.body.data;
  };

  const follow = async (secret: string): Promise<{ text: string; isOver: boolean; cancel(): void }> => {
    const stop = new AbortController();
    const response = await fetch(`${service.url}/events/stream`, {
      headers: { 'X-Api-Key': secret },
      signal: stop.signal,
    });
    expect(response.status).toBe(200);
    const stream = { text: '', isOver: false, cancel: () => stop.abort() };
    const read = async (): Promise<void> => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        stream.text += Buffer.from(chunk).toString();
      }
    };
    void read()
      .catch(() => undefined)
      .finally(() => (stream.isOver = true));
    return stream;
  };

  it('may have ten streams at once, and other keys theirs', async () => {
    const [greedy, other] = [await newKey(), await newKey()];
    const streams = [];
    for (let i = 0; i < 10; i++) streams.push(await follow(greedy.secret));
    const status = async (key: string): Promise<number> => {
      const stop = new AbortController();
      const headers = { 'X-Api-Key': key };
      const response = await fetch(`${service.url}/events/stream`, { headers, signal: stop.signal });
      stop.abort();
      return response.status;
    };
    expect([await status(greedy.secret), await status(other.secret)]).toEqual([429, 200]);
    streams[0]!.cancel();
    await until(async () => (await status(greedy.secret)) === 200);
    for (const stream of streams) stream.cancel();
  });

  it('ends it when it is revoked, on whichever replica, and ends no other', async () => {
    const [revoked, other] = [await newKey(), await newKey()];
    const streams = [await follow(revoked.secret), await follow(other.secret), await follow(ADMIN)];
    // As another replica does it: this process hears of it from the database only.
    await service.engine.pool.query('update clankerbot.api_keys set revoked_at = now() where id = $1', [
      revoked.id,
    ]);
    await until(() => streams[0]!.isOver, { what: 'the stream to end' });
    const { eventId } = await service.app.get(EventInbox).receive(aDelivery(), 10);
    await until(() => streams.slice(1).every((stream) => stream.text.includes(eventId)));
    expect(streams.map((stream) => stream.isOver)).toEqual([true, false, false]);
    expect(streams[0]!.text).not.toContain(eventId);
    for (const stream of streams) stream.cancel();
  });

  it('ends it when it expires', async () => {
    const key = await newKey(new Date(clock.nowMs() + 60_000).toISOString());
    const stream = await follow(key.secret);
    clock.offsetMs += 60_000;
    await until(() => stream.isOver, { what: 'the stream to end' });
  });
});
