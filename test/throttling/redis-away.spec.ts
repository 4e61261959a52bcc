import { MemoryBuckets } from '../../src/throttling/memory-buckets.js';
import { RedisBuckets } from '../../src/throttling/redis-buckets.js';
import { SharedBuckets } from '../../src/throttling/shared-buckets.js';
import { SystemClock } from '../../src/clock/clock.js';
import { freePort } from '../support/postgres-server.js';
import { describeOnRedis } from '../support/describe-on-redis.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { openRedisConnection, redisClient, type TestRedisConnection } from '../support/throttling.js';
import { until } from '../support/until.js';

const AWAY = 'Redis is away; until it is back each process counts for itself';
const BACK = 'Redis is back; limits are shared again';

let redis: TestRedisConnection;

function bucketsOver(url: string): SharedBuckets {
  redis = openRedisConnection(url);
  const memory = new MemoryBuckets({ RATE_LIMIT_MAX_BUCKETS: 1000 }, new SystemClock());
  return new SharedBuckets(redis.connection, new RedisBuckets(redis.connection), memory, redis.metrics);
}

async function fallbacks(): Promise<number> {
  const metric = await redis.metrics.registry.getSingleMetric('throttling_redis_fallback_total')?.get();
  return metric?.values[0]?.value ?? 0;
}

describe('with a REDIS_URL where nobody answers', () => {
  afterEach(() => redis.close());

  it('counts in memory from the first request on, says so once, and measures it', async () => {
    const buckets = bucketsOver(`redis://127.0.0.1:${await freePort()}`);
    for (let i = 0; i < 5; i++) expect((await buckets.increment('k', 60_000, 10)).totalHits).toBe(i + 1);
    await until(() => redis.logged.length > 0);
    await until(async () => (await redis.metrics.registry.metrics()).includes('redis_up 0'));
    expect(redis.logged).toEqual([AWAY]);
    expect(await fallbacks()).toBe(5);
  });
});

describeOnRedis('when Redis goes away and comes back', () => {
  let server: RedisServer;
  let buckets: SharedBuckets;
  beforeEach(async () => {
    server = await startRedis();
    buckets = bucketsOver(server.url);
    await until(() => redis.connection.isUsable);
  });
  afterEach(async () => {
    redis.close();
    await server.destroy();
  });

  const take = async (key = 'k') => (await buckets.increment(key, 60_000, 100)).totalHits;
  const backToRedis = () => until(() => redis.connection.isUsable, { what: 'Redis to be used again' });

  it('counts in memory while it is down and in Redis again afterwards, and logs both once', async () => {
    expect(await take()).toBe(1);
    await server.stop();
    await until(() => !redis.connection.isUsable);
    for (let i = 1; i <= 20; i++) expect(await take()).toBe(i);
    await server.start();
    await backToRedis();
    expect(await take('new')).toBe(1);
    expect(await fallbacks()).toBe(20);
    expect(redis.logged).toEqual([AWAY, BACK]);
  });

  it('keeps no request waiting for long when it hangs, and asks it nothing more until it answers', async () => {
    await take();
    server.freeze();
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: 2000 }, () => take()));
    const firstMs = performance.now() - startedMs;
    const secondStartMs = performance.now();
    for (let i = 0; i < 50; i++) await take();
    const secondMs = performance.now() - secondStartMs;
    expect(redis.connection.isUsable).toBe(false);
    server.resume();
    await backToRedis();
    // Redis is given 200 ms: once for all of them, and not once for each of the fifty.
    expect(firstMs).toBeLessThan(3_000);
    expect(secondMs).toBeLessThan(1_000);
    expect(await fallbacks()).toBe(2050);
  });

  it('counts in memory while Redis takes no writes, although it answers', async () => {
    const client = redisClient(server.url);
    await client.call('REPLICAOF', '127.0.0.1', String(await freePort()));
    expect(await take()).toBe(1);
    expect(redis.connection.isUsable).toBe(false);
    await client.call('REPLICAOF', 'NO', 'ONE');
    await backToRedis();
    client.disconnect();
    expect(redis.logged).toEqual([AWAY, BACK]);
  });

  it('counts in memory while Redis does not know its password', async () => {
    const client = redisClient(server.url);
    await client.config('SET', 'requirepass', 'right-password');
    const withPassword = (password: string) => server.url.replace('//', `//:${password}@`);
    redis.close();
    buckets = bucketsOver(withPassword('wrong-password'));
    await until(() => redis.logged.length > 0);
    expect(await take()).toBe(1);
    expect(redis.connection.isUsable).toBe(false);
    expect(redis.logged).toEqual([AWAY]);
    redis.close();
    buckets = bucketsOver(withPassword('right-password'));
    await until(() => redis.connection.isUsable);
    client.disconnect();
    expect(await take()).toBe(1);
    expect(await fallbacks()).toBe(0);
  });

  it('does not mind that Redis forgets its scripts', async () => {
    expect(await take()).toBe(1);
    const client = redisClient(server.url);
    await client.script('FLUSH');
    client.disconnect();
    expect(await take()).toBe(2);
    expect(await fallbacks()).toBe(0);
  });

  it('answers a ping only while Redis does', async () => {
    await redis.connection.ping();
    await server.stop();
    await expect(redis.connection.ping()).rejects.toThrow('Redis does not answer');
  });
});
