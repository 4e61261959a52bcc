import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RedisConnection, type RedisScript } from './redis-connection.js';
import { type BucketSize, bucketSize, type ThrottlerStorageRecord, toRecord } from './token-bucket.js';

const PREFIX = 'clankerbot:bucket:';
/** Redis does nothing else meanwhile; at some microseconds each this is well under a millisecond. */
const MOST_PER_CALL = 100;
/** Enough to keep Redis busy; what comes meanwhile goes with the next call. */
const MOST_CALLS = 2;

/** The time in microseconds by the Redis server's clock, which is the same for every replica. */
const SERVER_CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]`;

/** takeToken for each key, in Lua. A key lives until its bucket is full again, so Redis forgets idle clients itself. */
const TAKE_TOKENS = `
local answers = {}
for i, key in ipairs(KEYS) do
  local interval = tonumber(ARGV[2 * i - 1])
  local capacity = interval * tonumber(ARGV[2 * i])
  local full_at = tonumber(redis.call('GET', key) or '0')
  local debt = math.min(math.max(0, full_at - now), capacity)
  local allowed = debt + interval <= capacity
  if allowed then debt = debt + interval end
  if now + debt ~= full_at then
    redis.call('SET', key, string.format('%.0f', now + debt), 'PX', math.ceil(debt / 1000))
  end
  answers[2 * i - 1] = allowed and 1 or 0
  answers[2 * i] = debt
end
return answers`;

interface Waiting {
  key: string;
  limit: number;
  size: BucketSize;
  resolve: (record: ThrottlerStorageRecord) => void;
  reject: (error: unknown) => void;
}

/**
 * Token buckets that all replicas share. Each request is decided by one atomic script, and requests that come in the
 * same turn of the event loop go there together: a call costs this process more than the request it is for.
 * Rejects when Redis does not answer.
 */
@Injectable()
export class RedisBuckets implements ThrottlerStorage {
  readonly #takeTokens: RedisScript;
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #calls = 0;

  /** `clock` is Lua that sets `now`; tests put their own time there. */
  constructor(redis: RedisConnection, clock: string = SERVER_CLOCK) {
    this.#takeTokens = redis.defineScript('takeTokens', clock + TAKE_TOKENS);
  }

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key: PREFIX + key, limit, size: bucketSize(limit, ttl), resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#sendWaiting();
      });
    });
  }

  #sendWaiting(): void {
    while (this.#calls < MOST_CALLS && this.#waiting.length > 0) {
      this.#calls += 1;
      void this.#send(this.#waiting.splice(0, MOST_PER_CALL)).finally(() => {
        this.#calls -= 1;
        this.#sendWaiting();
      });
    }
  }

  async #send(requests: readonly Waiting[]): Promise<void> {
    try {
      const keys = requests.map((r) => r.key);
      const sizes = requests.flatMap((r) => [r.size.intervalUs, r.limit]);
      const answers = (await this.#takeTokens(keys, sizes)) as number[];
      requests.forEach((request, i) => {
        const taken = { isAllowed: answers[2 * i] === 1, debtUs: answers[2 * i + 1] as number };
        request.resolve(toRecord(taken, request.limit, request.size));
      });
    } catch (error) {
      // Those who wait for the next call would only wait for the same.
      for (const request of [...requests, ...this.#waiting.splice(0)]) request.reject(error);
    }
  }
}
