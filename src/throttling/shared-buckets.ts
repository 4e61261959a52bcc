import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { Counter } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import { MemoryBuckets } from './memory-buckets.js';
import { RedisBuckets } from './redis-buckets.js';
import { RedisConnection } from './redis-connection.js';
import type { ThrottlerStorageRecord } from './token-bucket.js';

/** Redis while it answers, else this process's memory: a request is counted somewhere, and never waits long. */
@Injectable()
export class SharedBuckets implements ThrottlerStorage {
  readonly #inMemoryInstead: Counter;

  constructor(
    private readonly redis: RedisConnection,
    private readonly shared: RedisBuckets,
    private readonly memory: MemoryBuckets,
    metrics: Metrics,
  ) {
    this.#inMemoryInstead = metrics.counter(
      'throttling_redis_fallback_total',
      'Requests counted in memory because Redis did not answer.',
    );
    metrics.gauge('throttling_buckets', 'Token buckets in the memory of this process.', {
      collect: (gauge) => gauge.set(memory.size),
    });
  }

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    if (!this.redis.isConfigured) return this.memory.increment(key, ttl, limit);
    if (!this.redis.isUsable) return this.#countInMemory(key, ttl, limit);
    return this.shared.increment(key, ttl, limit).catch(() => this.#countInMemory(key, ttl, limit));
  }

  #countInMemory(key: string, ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    this.#inMemoryInstead.inc();
    return this.memory.increment(key, ttl, limit);
  }
}
