import pg from 'pg';
import type { DatabaseEngine, Listener, Subscription } from './database-engine.js';
import { RefusedWrites } from './refused-writes.js';
import { PostgresListener } from './postgres-listener.js';
import { StatementCount } from './statement-count.js';
import { endWhenUnanswered } from './unanswered-queries.js';

export interface PostgresEngineOptions {
  url: string;
  poolSize: number;
  /** Told of connections that break while idle; the pool replaces them by itself. */
  onError: (error: Error) => void;
  limits?: TimeLimits;
}

export interface TimeLimits {
  /** The server gives up on a statement after this time, and so its connection is free again. */
  statementMs: number;
  /** Longer than that: nothing answers, and so the connection is given up. */
  answerMs: number;
}

const LIMITS: TimeLimits = { statementMs: 25_000, answerMs: 30_000 };

/** Whoever asks so is in a hurry. */
const AFRESH = { connectionTimeoutMillis: 1_000, query_timeout: 2_000 };

/** A Postgres server somewhere else. */
export class PostgresEngine implements DatabaseEngine {
  readonly kind = 'postgres';
  readonly pool: pg.Pool;
  readonly writes = new RefusedWrites();
  readonly statements = new StatementCount();
  readonly #unlimited: pg.ClientConfig;
  readonly #clientConfig: pg.ClientConfig;
  readonly #listener: PostgresListener;

  constructor(options: PostgresEngineOptions) {
    const { statementMs, answerMs } = options.limits ?? LIMITS;
    this.#unlimited = {
      connectionString: options.url,
      application_name: 'clankerbot',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
      // A process that stands still in mid-transaction would hold its locks for as long: the server ends its session.
      idle_in_transaction_session_timeout: 10_000,
    };
    // A half-open connection answers nothing and breaks nothing: give up on the query, and so on the connection.
    this.#clientConfig = { ...this.#unlimited, query_timeout: answerMs };
    this.#listener = new PostgresListener(this.#clientConfig);
    this.pool = new pg.Pool({
      ...this.#clientConfig,
      max: options.poolSize,
      idleTimeoutMillis: 60_000,
      // Not as a parameter of the start, which a PgBouncer refuses that has not been told of it.
      // Compiled, a statement of a millisecond that the planner expects to be a large one takes seconds.
      onConnect: (client) =>
        client.query(`set statement_timeout = ${Math.trunc(statementMs)}; set jit = off`),
    });
    this.writes.watch(this.pool);
    this.statements.watch(this.pool);
    this.pool.on('error', options.onError);
    // A connection can break between a query's failure and its return to the pool, when nobody else listens.
    this.pool.on('connect', (client) => {
      client.on('error', options.onError);
      endWhenUnanswered(client);
    });
  }

  async open(): Promise<void> {
    await this.pool.query('select 1');
  }

  async afresh<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ ...this.#clientConfig, ...AFRESH });
    client.on('error', () => undefined); // The query, or the next one, says so.
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.end().catch(() => undefined);
    }
  }

  listen(subscription: Subscription): Promise<Listener> {
    return this.#listener.listen(subscription);
  }

  async withoutTimeLimit<T>(work: (pool: pg.Pool) => Promise<T>): Promise<T> {
    const pool = new pg.Pool({ ...this.#unlimited, max: 1 });
    pool.on('error', () => undefined); // Whoever uses the connection is told by the failed query.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return work(pool).finally(() => pool.end());
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
