import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { AuthFailures } from './auth-failures.js';
import { BucketsModule } from './buckets.module.js';
import { SharedBuckets } from './shared-buckets.js';
import { Throttle } from './throttle.js';
import { type ThrottlingConfig, throttlingConfig } from './throttling.config.js';
import { ThrottlingGuard } from './throttling.guard.js';
import { throttlingPolicies } from './throttling-policies.js';

@Module({
  imports: [
    BucketsModule,
    ThrottlerModule.forRootAsync({
      imports: [BucketsModule],
      inject: [throttlingConfig.token, SharedBuckets],
      useFactory: (config: ThrottlingConfig, storage: SharedBuckets) => ({
        throttlers: throttlingPolicies(config),
        storage,
      }),
    }),
  ],
  providers: [Throttle, ThrottlingGuard, AuthFailures],
  exports: [Throttle, ThrottlingGuard, AuthFailures, BucketsModule],
})
export class ThrottlingModule {}
