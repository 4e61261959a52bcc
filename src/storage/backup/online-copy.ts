import type { PgliteEngine } from '../pglite-engine.js';

/** What belongs beside copied files for them to become a database of one moment. */
export interface CopyEnd {
  /** Where in the log of writes the copy begins, in Postgres' own form (`backup_label`). */
  label: string;
  /** The last file of that log that is needed. */
  lastSegment: string;
  /** The moment that the copy shows, once its log is applied. */
  takenAt: string;
}

/**
 * A window in which the files of the embedded Postgres may be copied one by one while it goes on writing to them. Promises
 * that the log of all those writes stays until `release`. Nothing of it is written into the database: with the process it is gone.
 */
export class OnlineCopy {
  #isOpen = true;

  private constructor(private readonly engine: PgliteEngine) {}

  /** The statement makes a checkpoint, so others wait as long as for any of those. One window at a time. */
  static async begin(engine: PgliteEngine): Promise<OnlineCopy> {
    engine.keepsLog = true;
    try {
      await engine.pool.query(`select pg_backup_start('clankerbot', true)`);
      return new OnlineCopy(engine);
    } catch (error) {
      engine.keepsLog = false;
      throw error;
    }
  }

  async end(): Promise<CopyEnd> {
    this.#isOpen = false;
    const { rows } = await this.engine.pool.query<CopyEnd>(`
      select labelfile as label, pg_walfile_name(lsn) as "lastSegment",
        to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "takenAt"
      from pg_backup_stop(false)`);
    const [end] = rows;
    if (!end) throw new Error('pg_backup_stop answered nothing');
    return end;
  }

  async release(): Promise<void> {
    try {
      if (this.#isOpen) await this.end();
    } finally {
      this.engine.keepsLog = false;
    }
  }
}
