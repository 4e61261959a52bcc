import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { DatabaseMigrator } from './migrator.js';
import { type StorageConfig, storageConfig } from './storage.config.js';
import { isUnavailable, StartupError } from './storage.errors.js';

const RETRY_EVERY_MS = 500;
const LOG_EVERY_MS = 5_000;

/**
 * Opens the database and migrates it, beside the HTTP server that already answers "not ready".
 * Promises that `whenReady` resolves once queries work, and rejects only when waiting is pointless.
 */
@Injectable()
export class DatabaseStartup implements OnModuleInit, OnApplicationShutdown {
  readonly #ready = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  readonly #steps: (() => Promise<void>)[] = [];
  #isReady = false;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    @Inject(storageConfig.token) private readonly config: StorageConfig,
    private readonly migrator: DatabaseMigrator,
    @InjectPinoLogger('storage') private readonly log: PinoLogger,
    private readonly clock: Clock,
  ) {
    this.#ready.promise.catch(() => undefined); // Whoever waits gets it; an unheard failure must not end the process here.
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Work that must be done on the migrated database before anybody may use it. Call it in a constructor. */
  beforeReady(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  onModuleInit(): void {
    this.#start().catch((error: unknown) => {
      // A stop that comes before the database does is no failed start.
      if (!this.#stopping.signal.aborted) this.#ready.reject(error);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.engine.close();
  }

  async #start(): Promise<void> {
    await this.#openAndMigrate();
    this.#isReady = true;
    this.#ready.resolve();
  }

  async #openAndMigrate(): Promise<void> {
    const startedMs = this.clock.nowMs();
    await this.#untilAvailable(startedMs, () => this.engine.open());
    const applied = await this.#untilAvailable(startedMs, () => this.#bringUpToDate());
    for (const step of this.#steps) await this.#untilAvailable(startedMs, step);
    const durationMs = this.clock.nowMs() - startedMs;
    this.log.info(
      { engine: this.engine.kind, migrations: applied, duration_ms: durationMs },
      'Database ready',
    );
  }

  async #bringUpToDate(): Promise<string[]> {
    const later = await this.migrator.refuseFuture();
    if (later.length > 0)
      this.log.warn(
        { migrations: later },
        'A newer Clankerbot has added to the database; this version goes on',
      );
    if (this.config.MIGRATE_ON_START) return this.#migrate();
    if (await this.migrator.hasPending()) {
      throw new StartupError(
        'The database schema is behind and MIGRATE_ON_START is false. Run: npm run migrate',
      );
    }
    return [];
  }

  /** It takes as long as it takes; whoever waits for the start is told what it waits for. */
  async #migrate(): Promise<string[]> {
    const startedMs = this.clock.nowMs();
    const timer = setInterval(() => {
      const { current } = this.migrator;
      this.log.warn(
        { migration: current ?? null, seconds: Math.round((this.clock.nowMs() - startedMs) / 1000) },
        current === undefined
          ? 'Another process is migrating the database; waiting for it'
          : 'A migration takes long; the service starts when it is through. Let it run: a new start would begin it anew',
      );
    }, LOG_EVERY_MS).unref();
    return this.migrator.migrate().finally(() => clearInterval(timer));
  }

  /** Tries again for as long as the database is merely away and the start still has time. */
  async #untilAvailable<T>(startedMs: number, action: () => Promise<T>): Promise<T> {
    const deadlineMs = startedMs + this.config.STARTUP_TIMEOUT_SECONDS * 1000;
    let lastLogMs = -Infinity;
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        const nowMs = this.clock.nowMs();
        if (nowMs >= deadlineMs) throw this.#gaveUp(error);
        if (nowMs - lastLogMs >= LOG_EVERY_MS) {
          lastLogMs = nowMs;
          const secondsLeft = Math.ceil((deadlineMs - nowMs) / 1000);
          this.log.warn(
            { err: error, seconds_left: secondsLeft },
            'The database is not available yet; trying again',
          );
        }
        await delay(RETRY_EVERY_MS, undefined, { signal: this.#stopping.signal });
      }
    }
  }

  #gaveUp(cause: unknown): StartupError {
    const reason =
      cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause);
    return new StartupError(
      `The database was not available within STARTUP_TIMEOUT_SECONDS (${this.config.STARTUP_TIMEOUT_SECONDS}): ${reason}`,
      cause,
    );
  }
}
