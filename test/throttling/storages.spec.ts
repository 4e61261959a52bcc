import { Clock } from '../../src/clock/clock.js';
import { MemoryBuckets } from '../../src/throttling/memory-buckets.js';
import { RedisBuckets } from '../../src/throttling/redis-buckets.js';
import { describeThrottlerStorage } from '../contracts/throttler-storage.contract.js';
import { describeOnRedis } from '../support/describe-on-redis.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { openRedisConnection, redisClient, type TestRedisConnection } from '../support/throttling.js';
import { until } from '../support/until.js';

class SetClock extends Clock {
  timeMs = 0;
  override nowMs(): number {
    return this.timeMs;
  }
}

describeThrottlerStorage('memory', async () => {
  const clock = new SetClock();
  return {
    // More than any exploration of the contract asks for: in a full table the bucket nearest to full is forgotten.
    storage: new MemoryBuckets({ RATE_LIMIT_MAX_BUCKETS: 1_000_000 }, clock),
    setTimeMs: async (timeMs) => void (clock.timeMs = timeMs),
  };
});

describeOnRedis('with a Redis server', () => {
  let server: RedisServer;
  let redis: TestRedisConnection;
  beforeAll(async () => {
    server = await startRedis();
    redis = openRedisConnection(server.url);
    await until(() => redis.connection.isUsable, { what: 'a connection to Redis' });
  });
  afterAll(async () => {
    redis.close();
    await server.destroy();
  });

  describe('under a clock of the test', () => {
    let client: ReturnType<typeof redisClient>;
    afterAll(() => client.disconnect());

    describeThrottlerStorage('Redis', async () => {
      client = redisClient(server.url);
      return {
        storage: new RedisBuckets(redis.connection, "local now = tonumber(redis.call('GET', 'test:now'))"),
        setTimeMs: async (timeMs) => void (await client.set('test:now', String(timeMs * 1000))),
      };
    });
  });

  describe('under its own clock', () => {
    it('shares one bucket between connections, by the time of the server', async () => {
      const other = openRedisConnection(server.url);
      await until(() => other.connection.isUsable);
      const [one, two] = [new RedisBuckets(redis.connection), new RedisBuckets(other.connection)];
      const takes = Array.from({ length: 40 }, (_, i) => (i % 2 ? one : two).increment('shared', 60_000, 10));
      const admitted = (await Promise.all(takes)).filter((r) => !r.isBlocked);
      other.close();
      expect(admitted).toHaveLength(10);
    });

    it('lets a token grow back in its time', async () => {
      const buckets = new RedisBuckets(redis.connection);
      const take = () => buckets.increment('growing', 1000, 5);
      const startedMs = performance.now();
      for (let i = 0; i < 5; i++) await take();
      await until(async () => !(await take()).isBlocked, { everyMs: 5 });
      expect(performance.now() - startedMs).toBeGreaterThan(180);
    });

    it('leaves nothing in Redis once a bucket is full again', async () => {
      const client = redisClient(server.url);
      await new RedisBuckets(redis.connection).increment('vanishing', 3_000, 3);
      const ttlMs = await client.pttl('clankerbot:bucket:vanishing');
      await until(async () => (await client.exists('clankerbot:bucket:vanishing')) === 0);
      client.disconnect();
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(1_000);
    });
  });
});
