import pg from 'pg';
import type { Listener, Subscription } from './database-engine.js';

const CHECK_EVERY_MS = 20_000;
const CHECK_TIMEOUT_MS = 5_000;
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 10_000;

/**
 * The one session that LISTENs, to every channel that somebody wants to hear. Promises to come back after a broken or
 * silently dead connection, and that there is no session while nobody listens.
 */
export class PostgresListener {
  readonly #subscriptions = new Set<Subscription>();
  /** That which is open, or about to be. */
  #session: Promise<pg.Client> | undefined;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FIRST_MS;
  /** How often everybody has left: a session that was about to be open then is not wanted any more. */
  #ends = 0;

  constructor(private readonly config: pg.ClientConfig) {}

  /** Fails where there is no session yet and none can be opened now; once it has answered it comes back by itself. */
  async listen(subscription: Subscription): Promise<Listener> {
    const isFirst = this.#session === undefined;
    // At once, so that a session which is opened meanwhile, in place of one that broke, listens for it too.
    this.#subscriptions.add(subscription);
    try {
      const client = await this.#connect();
      if (!isFirst) await this.#begin(client, subscription);
    } catch (error) {
      await this.#remove(subscription);
      throw error;
    }
    return { close: () => this.#remove(subscription) };
  }

  async #begin(client: pg.Client, subscription: Subscription): Promise<void> {
    await client.query(listenTo(subscription));
    subscription.onReconnect();
  }

  #connect(): Promise<pg.Client> {
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  async #open(): Promise<pg.Client> {
    const ends = this.#ends;
    const client = new pg.Client({ ...this.config, query_timeout: CHECK_TIMEOUT_MS });
    client.on('error', () => this.#broke(client));
    client.on('end', () => this.#broke(client));
    client.on('notification', ({ channel, payload }) => this.#hear(channel, payload ?? ''));
    await client.connect();
    try {
      for (const subscription of this.#subscriptions) await client.query(listenTo(subscription));
    } catch (error) {
      client.end().catch(() => undefined); // Else each try would leave a session behind.
      throw error;
    }
    if (this.#ends !== ends) return client;
    clearTimeout(this.#timer);
    this.#client = client;
    this.#retryMs = RETRY_FIRST_MS;
    this.#timer = setInterval(() => void this.#check(client), CHECK_EVERY_MS).unref();
    for (const { onReconnect } of this.#subscriptions) onReconnect();
    return client;
  }

  #hear(channel: string, payload: string): void {
    for (const subscription of this.#subscriptions)
      if (subscription.channel === channel) subscription.onMessage(payload);
  }

  /** What still comes for a channel that nobody listens to any more is heard by nobody. */
  async #remove(subscription: Subscription): Promise<void> {
    this.#subscriptions.delete(subscription);
    if (this.#subscriptions.size > 0) return;
    this.#ends++;
    clearTimeout(this.#timer);
    const session = this.#session;
    this.#session = this.#client = undefined;
    await session?.then(
      (client) => client.end(),
      () => undefined,
    );
  }

  async #check(client: pg.Client): Promise<void> {
    await client.query('select 1').catch(() => this.#broke(client));
  }

  /** Both `error` and `end` arrive for one break, and neither says anything new of a session that was given up. */
  #broke(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#session = this.#client = undefined;
    clearTimeout(this.#timer);
    client.end().catch(() => undefined);
    this.#retryLater();
  }

  #retryLater(): void {
    const waitMs = this.#retryMs;
    this.#retryMs = Math.min(waitMs * 2, RETRY_LONGEST_MS);
    this.#timer = setTimeout(() => {
      if (this.#subscriptions.size > 0) this.#connect().catch(() => this.#retryLater());
    }, waitMs).unref();
  }
}

function listenTo({ channel }: Subscription): string {
  return `listen ${pg.escapeIdentifier(channel)}`;
}
