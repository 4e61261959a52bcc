import type { Db } from 'pg-boss';
import { CompiledQuery, type Transaction } from 'kysely';
import type { DatabaseEngine, Listener } from '../storage/database-engine.js';
import type { Tables } from '../storage/database.js';

const LISTEN_RETRY_MS = 1_000;

/** pg-boss on our own pool and listener. `onWake` hears the queue's name whenever some process enqueued, or undefined for "any". */
export class BossDatabase implements Db {
  #attempt: ListenAttempt | undefined;

  constructor(
    private readonly engine: DatabaseEngine,
    private readonly onWake: (queue: string | undefined) => void,
  ) {}

  async executeSql(text: string, values?: unknown[]) {
    if (values !== undefined && values.length > 0) return this.engine.pool.query(text, values);
    // Without values it may be a script with its own BEGIN: an error half-way must not leave the client in it.
    const client = await this.engine.pool.connect();
    let broken: Error | undefined;
    try {
      return await client.query(text);
    } catch (error) {
      await client.query('rollback').catch((cause: Error) => (broken = cause));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Promises to listen sooner or later: pg-boss itself would try once and then only poll. */
  async listen(channel: string): Promise<Listener> {
    this.#attempt = new ListenAttempt(this.engine, channel, this.onWake);
    await this.#attempt.start();
    return this.#attempt;
  }

  /** Until then new work is only found by looking. */
  get isListening(): boolean {
    return this.#attempt?.isListening ?? false;
  }

  /** Says that there is work for a queue now or later, as pg-boss does where a new job may run at once. */
  async tell(queue: string, db: Pick<Db, 'executeSql'> = this): Promise<void> {
    if (this.#attempt) await db.executeSql('select pg_notify($1, $2)', [this.#attempt.channel, queue]);
  }
}

class ListenAttempt implements Listener {
  #listener: Listener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    private readonly engine: DatabaseEngine,
    readonly channel: string,
    private readonly onWake: (queue: string | undefined) => void,
  ) {}

  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  async start(): Promise<void> {
    try {
      const listener = await this.engine.listen({
        channel: this.channel,
        onMessage: this.onWake,
        onReconnect: () => this.onWake(undefined),
      });
      if (this.#isClosed) return await listener.close();
      this.#listener = listener;
    } catch {
      // Polling bridges the gap; a database that is away is reported by whoever needs it.
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.start(), LISTEN_RETRY_MS).unref();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#listener?.close();
  }
}

/** pg-boss inside the caller's transaction. */
export function bossDatabaseIn(transaction: Transaction<Tables>): Db {
  return {
    async executeSql(text, values) {
      const { rows } = await transaction.executeQuery(CompiledQuery.raw(text, values ?? []));
      return { rows };
    },
  };
}
