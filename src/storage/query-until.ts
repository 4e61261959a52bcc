import type { PoolClient, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { DatabaseEngine } from './database-engine.js';

/** Rejects when `timeout` does, at the latest, and then keeps the connection from whoever comes next. */
export async function queryUntil<R extends QueryResultRow>(
  engine: Pick<DatabaseEngine, 'kind' | 'pool'>,
  timeout: Promise<never>,
  query: () => QueryConfig,
): Promise<QueryResult<R>> {
  const client = await connectUntil(engine, timeout);
  let isOver = false;
  const over = client.query<R>(query()).finally(() => (isOver = true));
  try {
    return await Promise.race([over, timeout]);
  } finally {
    if (isOver) client.release();
    else abandon(engine.kind, client, over);
  }
}

async function connectUntil(
  { pool }: Pick<DatabaseEngine, 'pool'>,
  timeout: Promise<never>,
): Promise<PoolClient> {
  const connecting = pool.connect();
  return Promise.race([connecting, timeout]).catch((error: unknown) => {
    connecting.then(
      (late) => late.release(),
      () => undefined, // Told already: `timeout` or this very error came first.
    );
    throw error;
  });
}

/** A connection that does not answer must not go back to the pool; the embedded Postgres has only this one. */
function abandon(kind: DatabaseEngine['kind'], client: PoolClient, query: Promise<unknown>): void {
  if (kind === 'postgres') client.release(true);
  query.then(
    () => kind === 'pglite' && client.release(),
    () => kind === 'pglite' && client.release(),
  );
}
