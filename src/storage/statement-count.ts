import type { Pool, PoolClient } from 'pg';

interface WithConnection {
  connection: { on(event: 'readyForQuery', listener: () => void): void };
}

/** How many statements the connections of a pool have carried out: each ends with the server being ready for the next. */
export class StatementCount {
  total = 0;

  watch(pool: Pool): void {
    pool.on('connect', (client: PoolClient) => {
      (client as unknown as WithConnection).connection.on('readyForQuery', () => this.total++);
    });
  }
}
