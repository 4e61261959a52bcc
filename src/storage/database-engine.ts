import type { Pool } from 'pg';
import type { RefusedWrites } from './refused-writes.js';
import type { StatementCount } from './statement-count.js';

export interface Listener {
  close(): Promise<void>;
}

export interface Subscription {
  channel: string;
  onMessage: (payload: string) => void;
  /** Called after each (re)connection, because messages sent meanwhile are lost. */
  onReconnect: () => void;
}

/** A Postgres behind one `pg` pool. Promises that `pool` can be used once `open` has resolved, until `close`. */
export interface DatabaseEngine {
  readonly kind: 'postgres' | 'pglite';
  /** Where its files are; undefined in memory, and on a server. */
  readonly directory?: string | undefined;
  readonly pool: Pool;
  readonly writes: RefusedWrites;
  readonly statements: StatementCount;
  open(): Promise<void>;
  /** Gives a pool whose statements take as long as they need: for migrations, and for what reads or writes everything. */
  withoutTimeLimit<T>(work: (pool: Pool) => Promise<T>): Promise<T>;
  /** Gives a connection of its own where there can be several: those of the pool may be dead without knowing it yet. */
  afresh<T>(work: (client: Pick<Pool, 'query'>) => Promise<T>): Promise<T>;
  listen(subscription: Subscription): Promise<Listener>;
  close(): Promise<void>;
}

export const DATABASE_ENGINE = Symbol('DATABASE_ENGINE');
