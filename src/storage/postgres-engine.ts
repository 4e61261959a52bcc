import pg from 'pg';
import type { DatabaseEngine, Listener, Subscription } from './database-engine.js';
import { RefusedWrites } from './refused-writes.js';
import { PostgresListener } from './postgres-listener.js';
import { StatementCount } from './statement-count.js';

export interface PostgresEngineOptions {
  url: string;
  poolSize: number;
  /** Told of connections that break while idle; the pool replaces them by itself. */
  onError: (error: Error) => void;
}

/** A Postgres server somewhere else. */
export class PostgresEngine implements DatabaseEngine {
  readonly kind = 'postgres';
  readonly pool: pg.Pool;
  readonly writes = new RefusedWrites();
  readonly statements = new StatementCount();
  readonly #clientConfig: pg.ClientConfig;

  constructor(options: PostgresEngineOptions) {
    this.#clientConfig = {
      connectionString: options.url,
      application_name: 'clankerbot',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
      // A half-open connection answers nothing and breaks nothing: give up on the query, and so on the connection.
      query_timeout: 30_000,
      // A process that stands still in mid-transaction would hold its locks for as long: the server ends its session.
      idle_in_transaction_session_timeout: 10_000,
    };
    this.pool = new pg.Pool({ ...this.#clientConfig, max: options.poolSize, idleTimeoutMillis: 60_000 });
    this.writes.watch(this.pool);
    this.statements.watch(this.pool);
    this.pool.on('error', options.onError);
    // A connection can break between a query's failure and its return to the pool, when nobody else listens.
    this.pool.on('connect', (client) => client.on('error', options.onError));
  }

  async open(): Promise<void> {
    await this.pool.query('select 1');
  }

  async listen(subscription: Subscription): Promise<Listener> {
    const listener = new PostgresListener(this.#clientConfig, subscription);
    await listener.open();
    return listener;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
