import type { Pool, PoolClient } from 'pg';

/** What a database answers that cannot write, though it can be read. */
const REFUSALS = new Set([
  '53100', // disk full
  '25006', // read-only: a standby, or a server that was made so because its disk is full
]);

/** Needs room for some eighty pages, and leaves nothing behind. */
const TRY = 'create temporary table clankerbot_try on commit drop as select generate_series(1, 20000)';

interface WithConnection {
  connection: { on(event: 'errorMessage', listener: (message: { code?: string }) => void): void };
}

/**
 * Whether the database refuses to write. Looks at what all queries were answered, so that it costs nothing while all is
 * well, and tries by itself only from a refusal until that succeeds.
 */
export class RefusedWrites {
  #wereRefused = false;
  #trying: Promise<void> | undefined;

  watch(pool: Pool): void {
    pool.on('connect', (client: PoolClient) => {
      (client as unknown as WithConnection).connection.on('errorMessage', ({ code }) => this.#note(code));
    });
  }

  /** Rejects with the database's own reason. */
  async check(pool: Pool): Promise<void> {
    if (!this.#wereRefused && this.#trying === undefined) return;
    this.#trying ??= this.#try(pool).finally(() => (this.#trying = undefined));
    await this.#trying;
  }

  async #try(pool: Pool): Promise<void> {
    this.#wereRefused = false;
    try {
      await pool.query(TRY);
    } catch (error) {
      if (this.#wereRefused) throw error;
      // For another reason, such as a role that may make no temporary table: then only real work can tell.
    }
  }

  #note(code: string | undefined): void {
    if (code !== undefined && REFUSALS.has(code)) this.#wereRefused = true;
  }
}
