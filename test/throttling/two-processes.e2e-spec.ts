import { describeOnRedis } from '../support/describe-on-redis.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const KEY = 'the-key-of-the-test';

/** One token a minute, so that none grows back while the test runs. */
const SLOW = { RATE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_BURST: '60', API_KEYS: `test:admin:${KEY}` };

describeOnRedis('two service processes on one Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await stopAllServices();
    await redis.destroy();
  });

  async function start(env: Record<string, string>): Promise<Service> {
    const service = await startService({ ...SLOW, ...env });
    await service.untilReady(50_000);
    return service;
  }

  /** 200 requests in bursts of 20, in turn to each of the services. */
  async function countAdmitted(services: readonly Service[]): Promise<number> {
    const statuses: number[] = [];
    for (let burst = 0; burst < 10; burst++) {
      const calls = Array.from({ length: 20 }, async (_, i) => {
        const { url } = services[i % services.length]!;
        const response = await fetch(`${url}/api-keys`, { headers: { 'X-Api-Key': KEY } });
        await response.arrayBuffer();
        return response.status;
      });
      statuses.push(...(await Promise.all(calls)));
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    return statuses.filter((status) => status === 200).length;
  }

  it('admit together exactly what one process admits', async () => {
    const together = await Promise.all([start({ REDIS_URL: redis.url }), start({ REDIS_URL: redis.url })]);
    const alone = await start({});
    const usesRedis = async ({ url }: Service) =>
      (await (await fetch(`${url}/metrics`)).text()).includes('redis_up 1');
    for (const service of together) await until(() => usesRedis(service), { what: 'a connection to Redis' });
    expect(await countAdmitted(together)).toBe(60);
    expect(await countAdmitted([alone])).toBe(60);
  }, 90_000);
});
