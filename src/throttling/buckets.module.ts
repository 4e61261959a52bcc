import { Module } from '@nestjs/common';
import { MemoryBuckets } from './memory-buckets.js';
import { RedisBuckets } from './redis-buckets.js';
import { RedisConnection } from './redis-connection.js';
import { SharedBuckets } from './shared-buckets.js';

/** Where tokens are kept. Apart from the guard's module because the throttler's options need it first. */
@Module({
  providers: [
    RedisConnection,
    {
      provide: RedisBuckets,
      useFactory: (redis: RedisConnection) => new RedisBuckets(redis),
      inject: [RedisConnection],
    },
    MemoryBuckets,
    SharedBuckets,
  ],
  exports: [RedisConnection, SharedBuckets],
})
export class BucketsModule {}
