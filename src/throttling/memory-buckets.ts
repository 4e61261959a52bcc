import { Inject, Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Clock } from '../clock/clock.js';
import { BucketTable } from './bucket-table.js';
import { type ThrottlingConfig, throttlingConfig } from './throttling.config.js';
import { bucketSize, type ThrottlerStorageRecord, toRecord } from './token-bucket.js';

/** Token buckets of this process alone. Promises bounded memory however many clients come. */
@Injectable()
export class MemoryBuckets implements ThrottlerStorage {
  readonly #table: BucketTable;

  constructor(
    @Inject(throttlingConfig.token) config: Pick<ThrottlingConfig, 'RATE_LIMIT_MAX_BUCKETS'>,
    private readonly clock: Clock,
  ) {
    this.#table = new BucketTable(config.RATE_LIMIT_MAX_BUCKETS);
  }

  get size(): number {
    return this.#table.size;
  }

  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    const size = bucketSize(limit, ttl);
    return toRecord(this.#table.take(key, size, this.clock.nowMs() * 1000), limit, size);
  }
}
