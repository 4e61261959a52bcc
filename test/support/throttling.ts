import { Redis } from 'ioredis';
import type { PinoLogger } from 'nestjs-pino';
import { Metrics } from '../../src/observability/metrics.js';
import { RedisConnection } from '../../src/throttling/redis-connection.js';

export interface TestRedisConnection {
  connection: RedisConnection;
  metrics: Metrics;
  /** Messages it logged, in order. */
  logged: string[];
  close(): void;
}

/** A connection as the application has it, without the application. */
export function openRedisConnection(url: string | undefined): TestRedisConnection {
  const logged: string[] = [];
  const note = (_fields: unknown, message?: string): void =>
    void logged.push(message ?? (typeof _fields === 'string' ? _fields : ''));
  const log = { info: note, warn: note, debug: note, error: note } as unknown as PinoLogger;
  const metrics = new Metrics();
  const connection = new RedisConnection({ REDIS_URL: url }, log, metrics);
  connection.onModuleInit();
  return { connection, metrics, logged, close: () => connection.onApplicationShutdown() };
}

/** A plain client of the test's own. */
export function redisClient(url: string): Redis {
  return new Redis(url, { maxRetriesPerRequest: 1 });
}
