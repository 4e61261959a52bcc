import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { queryUntil } from './query-until.js';
import { currentWorkspace, refuseInWorkspace } from './workspace.js';
import { type HeldConnection, inWorkspace } from './workspace-bracket.js';

/**
 * The way to the database for statements that are written out; Kysely's is `Database`. Promises that inside `asWorkspace` they
 * are the workspace's, and that outside of it they cost no more than the pool's own.
 */
@Injectable()
export class Statements {
  constructor(@Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine) {}

  /** Several processes may have the same database. */
  get isShared(): boolean {
    return this.engine.kind === 'postgres';
  }

  query<R extends QueryResultRow>(query: string | QueryConfig, values?: unknown[]): Promise<QueryResult<R>> {
    const workspaceId = currentWorkspace();
    if (workspaceId === undefined) return this.engine.pool.query<R>(query, values);
    return this.#queryAs(workspaceId, (client) => client.query<R>(query, values));
  }

  /** Over a connection of its own where there can be several: those of the pool may be dead without knowing it yet. */
  afresh<R extends QueryResultRow>(query: QueryConfig): Promise<QueryResult<R>> {
    const workspaceId = currentWorkspace();
    return this.engine.afresh((client) => {
      const ask = () => client.query<R>(query);
      return workspaceId === undefined ? ask() : inWorkspace(workspaceId, heldBy(client), ask);
    });
  }

  /** Several statements in one round trip, with a transaction of their own if they begin one. Of the service only. */
  async script(text: string): Promise<QueryResult[]> {
    refuseInWorkspace('A script');
    const client = await this.engine.pool.connect();
    let broken: Error | undefined;
    try {
      return (await client.query(text)) as unknown as QueryResult[];
    } catch (error) {
      await client.query('rollback').catch((cause: Error) => (broken = cause));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Rejects when `timeout` does, whatever the connection does; the query is made when there is one. Of the service only. */
  queryUntil<R extends QueryResultRow>(
    timeout: Promise<never>,
    query: () => QueryConfig,
  ): Promise<QueryResult<R>> {
    refuseInWorkspace('A query that may be abandoned');
    return queryUntil<R>(this.engine, timeout, query);
  }

  /** Rejects with the database's own reason where it refuses to write. */
  checkWrites(): Promise<void> {
    return this.engine.writes.check(this.engine.pool);
  }

  async #queryAs<T>(workspaceId: string, ask: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.engine.pool.connect();
    let broken: Error | undefined;
    try {
      const held = heldBy(client, (cause) => (broken = cause));
      return await inWorkspace(workspaceId, held, () => ask(client));
    } finally {
      client.release(broken);
    }
  }
}

function heldBy(
  client: Pick<Pool, 'query'>,
  onBroken: (cause: Error) => void = () => undefined,
): HeldConnection {
  return {
    say: (text) => client.query(text),
    rollback: () => client.query('rollback').catch(onBroken),
  };
}
