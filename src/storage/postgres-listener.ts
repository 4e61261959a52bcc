import pg from 'pg';
import type { Listener, Subscription } from './database-engine.js';

const CHECK_EVERY_MS = 20_000;
const CHECK_TIMEOUT_MS = 5_000;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 10_000;

/** One session that LISTENs. Promises to come back after a broken or silently dead connection, until closed. */
export class PostgresListener implements Listener {
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FIRST_MS;
  #isClosed = false;

  constructor(
    private readonly config: pg.ClientConfig,
    private readonly subscription: Subscription,
  ) {}

  async open(): Promise<void> {
    const client = new pg.Client({ ...this.config, query_timeout: CHECK_TIMEOUT_MS });
    client.on('error', () => this.#reopen(client));
    client.on('end', () => this.#reopen(client));
    client.on('notification', (message) => this.subscription.onMessage(message.payload ?? ''));
    await client.connect();
    try {
      await client.query(`listen ${pg.escapeIdentifier(this.subscription.channel)}`);
    } catch (error) {
      client.end().catch(() => undefined); // Else each try would leave a session behind.
      throw error;
    }
    if (this.#isClosed) return client.end();
    this.#client = client;
    this.#retryMs = RETRY_FIRST_MS;
    this.#timer = setInterval(() => void this.#check(client), CHECK_EVERY_MS).unref();
    this.subscription.onReconnect();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#client?.end();
  }

  async #check(client: pg.Client): Promise<void> {
    await client.query('select 1').catch(() => this.#reopen(client));
  }

  /** Both `error` and `end` arrive for one break, so only the current client's first word counts. */
  #reopen(client: pg.Client): void {
    if (this.#isClosed || (this.#client !== undefined && this.#client !== client)) return;
    if (this.#client === undefined) return;
    this.#client = undefined;
    clearInterval(this.#timer);
    client.end().catch(() => undefined);
    this.#retryLater();
  }

  #retryLater(): void {
    const waitMs = this.#retryMs;
    this.#retryMs = Math.min(waitMs * 2, RETRY_LONGEST_MS);
    this.#timer = setTimeout(() => {
      if (!this.#isClosed) this.open().catch(() => this.#retryLater());
    }, waitMs).unref();
  }
}
