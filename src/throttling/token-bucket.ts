import type { ThrottlerStorage } from '@nestjs/throttler';

/** What a storage answers; the throttler has no public name for it. */
export type ThrottlerStorageRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/**
 * A token bucket as one number: the time at which it will be full again. Its debt is how far off that is; a token
 * costs one interval of debt, and a debt over the capacity is refused. All times are whole microseconds, so that
 * this process and the Redis script reckon alike to the last digit.
 */
export interface BucketSize {
  intervalUs: number;
  capacityUs: number;
}

/** Holds `limit` tokens and fills up from empty in `ttlMs`. */
export function bucketSize(limit: number, ttlMs: number): BucketSize {
  const intervalUs = Math.max(1, Math.floor((ttlMs * 1000) / limit));
  return { intervalUs, capacityUs: intervalUs * limit };
}

export interface Taken {
  isAllowed: boolean;
  /** Time until the bucket is full again. */
  debtUs: number;
}

/** Tries to take one token from a bucket that is full at `fullAtUs`. */
export function takeToken(fullAtUs: number, nowUs: number, size: BucketSize): Taken {
  // A clock set back must not lock anybody out for longer than an empty bucket would.
  const debtUs = Math.min(Math.max(0, fullAtUs - nowUs), size.capacityUs);
  const afterUs = debtUs + size.intervalUs;
  return afterUs > size.capacityUs ? { isAllowed: false, debtUs } : { isAllowed: true, debtUs: afterUs };
}

/** In the throttler's terms: the limit less the hits is what remains; times are in whole seconds, rounded up. */
export function toRecord(
  { isAllowed, debtUs }: Taken,
  limit: number,
  size: BucketSize,
): ThrottlerStorageRecord {
  const waitUs = debtUs + size.intervalUs - size.capacityUs;
  return {
    totalHits: isAllowed ? Math.ceil(debtUs / size.intervalUs) : limit + 1,
    timeToExpire: Math.ceil(debtUs / 1_000_000),
    isBlocked: !isAllowed,
    timeToBlockExpire: isAllowed ? 0 : Math.ceil(waitUs / 1_000_000),
  };
}
