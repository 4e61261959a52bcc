import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Metrics } from '../observability/metrics.js';
import { type ThrottlingConfig, throttlingConfig } from './throttling.config.js';

const COMMAND_TIMEOUT_MS = 200;
const CONNECT_TIMEOUT_MS = 1_000;
const PROBE_EVERY_MS = 500;
const LONGEST_RETRY_MS = 2_000;
/** A silent connection is replaced after so many probes: the kernel alone would wait a quarter of an hour. */
const PROBES_PER_CONNECTION = 4;
const PROBE_KEY = 'clankerbot:probe';

export type RedisScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/**
 * The one connection to Redis, if REDIS_URL names one. Promises that a command fails within a fraction of a second,
 * that nothing is sent while Redis is away, and that it is used again soon after it is back, without a restart.
 */
@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  readonly isConfigured: boolean;
  readonly #redis: Redis | undefined;
  #isUsable = false;
  #hasLoggedAway = false;
  #isClosed = false;
  #failedProbes = 0;
  #probe: NodeJS.Timeout | undefined;

  constructor(
    @Inject(throttlingConfig.token) config: Pick<ThrottlingConfig, 'REDIS_URL'>,
    @InjectPinoLogger('throttling') private readonly log: PinoLogger,
    metrics: Metrics,
  ) {
    this.isConfigured = config.REDIS_URL !== undefined;
    if (config.REDIS_URL === undefined) return;
    this.#redis = connectionTo(config.REDIS_URL);
    this.#redis.on('ready', () => this.#back());
    this.#redis.on('close', () => this.#away(new Error('The connection to Redis is closed')));
    this.#redis.on('error', (error: Error) => this.#away(error));
    metrics.gauge('redis_up', '1 while Redis answers, 0 while each process counts for itself.', {
      collect: (gauge) => gauge.set(this.#isUsable ? 1 : 0),
    });
  }

  /** Whether commands are worth sending now. */
  get isUsable(): boolean {
    return this.#isUsable;
  }

  /** Connects beside the start, which waits for nobody. */
  onModuleInit(): void {
    this.#redis?.connect().catch((error: unknown) => this.#away(error));
  }

  onApplicationShutdown(): void {
    this.#isClosed = true;
    this.#isUsable = false;
    clearTimeout(this.#probe);
    this.#redis?.disconnect();
  }

  /** Answers when Redis does, and rejects when it does not in time. */
  async ping(): Promise<void> {
    if (!this.#redis) throw new Error('REDIS_URL is not set');
    await this.#redis.ping().catch((cause: unknown) => {
      throw new Error('Redis does not answer', { cause });
    });
  }

  /** A Lua script, loaded once per server and called by its hash. A failed call is a sign of absence. */
  defineScript(name: string, lua: string): RedisScript {
    const redis = this.#redis;
    if (!redis) return () => Promise.reject(new Error('REDIS_URL is not set'));
    redis.defineCommand(name, { lua });
    const command = Reflect.get(redis, name) as (...args: readonly (string | number)[]) => Promise<unknown>;
    return async (keys, args) => {
      try {
        return await command.call(redis, keys.length, ...keys, ...args);
      } catch (error) {
        this.#away(error);
        throw error;
      }
    };
  }

  #back(): void {
    if (this.#isClosed || this.#isUsable) return;
    clearTimeout(this.#probe);
    this.#isUsable = true;
    this.#failedProbes = 0;
    if (this.#hasLoggedAway) this.log.info('Redis is back; limits are shared again');
    this.#hasLoggedAway = false;
  }

  #away(error: unknown): void {
    if (this.#isClosed) return;
    const isNews = !this.#hasLoggedAway;
    this.#isUsable = false;
    this.#hasLoggedAway = true;
    if (isNews)
      this.log.warn({ err: error }, 'Redis is away; until it is back each process counts for itself');
    this.#probeLater();
  }

  #probeLater(): void {
    clearTimeout(this.#probe);
    this.#probe = setTimeout(() => void this.#tryAgain(), PROBE_EVERY_MS).unref();
  }

  /** By a write, because a read-only replica or a full Redis answers a ping and still cannot count. */
  async #tryAgain(): Promise<void> {
    const redis = this.#redis;
    if (!redis || this.#isClosed || this.#isUsable) return;
    if (redis.status !== 'ready') return this.#probeLater();
    try {
      await redis.set(PROBE_KEY, '1', 'PX', 1000);
      this.#back();
    } catch {
      this.#failedProbes += 1;
      if (this.#failedProbes % PROBES_PER_CONNECTION === 0) redis.disconnect(true);
      this.#probeLater();
    }
  }
}

function connectionTo(url: string): Redis {
  return new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), LONGEST_RETRY_MS),
    connectionName: 'clankerbot',
  });
}
