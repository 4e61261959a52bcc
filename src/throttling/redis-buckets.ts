import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { RedisConnection } from './redis-connection.js';
import { bucketSize, type ThrottlerStorageRecord, toRecord } from './token-bucket.js';

const PREFIX = 'clankerbot:bucket:';

/** The time in microseconds by the Redis server's clock, which is the same for every replica. */
const SERVER_CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]`;

/** takeToken, in Lua. A key lives until its bucket is full again, so Redis forgets idle clients by itself. */
const TAKE_TOKEN = `
local interval = tonumber(ARGV[1])
local capacity = interval * tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0')
local debt = math.min(math.max(0, full_at - now), capacity)
local allowed = debt + interval <= capacity
if allowed then debt = debt + interval end
if now + debt ~= full_at then
  redis.call('SET', KEYS[1], string.format('%.0f', now + debt), 'PX', math.ceil(debt / 1000))
end
return {allowed and 1 or 0, debt}`;

/** Token buckets that all replicas share: one atomic script per request. Rejects when Redis does not answer. */
@Injectable()
export class RedisBuckets implements ThrottlerStorage {
  readonly #take: (key: string, intervalUs: number, limit: number) => Promise<unknown>;

  /** `clock` is Lua that sets \`now\`; tests put their own time there. */
  constructor(redis: RedisConnection, clock: string = SERVER_CLOCK) {
    this.#take = redis.defineScript('takeToken', clock + TAKE_TOKEN);
  }

  async increment(key: string, ttl: number, limit: number): Promise<ThrottlerStorageRecord> {
    const size = bucketSize(limit, ttl);
    const [allowed, debtUs] = (await this.#take(PREFIX + key, size.intervalUs, limit)) as [number, number];
    return toRecord({ isAllowed: allowed === 1, debtUs }, limit, size);
  }
}
