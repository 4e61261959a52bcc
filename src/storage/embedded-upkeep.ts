import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { DatabaseStartup } from './database-startup.js';
import { PgliteEngine } from './pglite-engine.js';

const LOOK_EVERY_MS = 30_000;

/** A server's own thresholds (autovacuum_*), and well before it would refuse to go on for want of transaction ids. */
const WORN_TABLES = `
  select format('%I.%I', s.schemaname, s.relname) as name, age(c.relfrozenxid) > 150000000 as is_old
  from pg_stat_all_tables s join pg_class c on c.oid = s.relid
  where s.schemaname not like 'pg_toast%' and (
    s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
    or s.n_ins_since_vacuum > 1000 + 0.2 * greatest(c.reltuples, 0)
    or s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)
    or age(c.relfrozenxid) > 150000000)
  order by 1`;

/**
 * A server makes a checkpoint when it has written enough, or every five minutes. One for less than a segment is not worth
 * its work: nobody waits for reading that again.
 */
const CHECKPOINT_IS_DUE = `
  select written > 67108864 or written > 1048576 and age > interval '5 minutes' as is_due
  from (select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) as written, now() - checkpoint_time as age
        from pg_control_checkpoint()) log`;

/**
 * What autovacuum and the checkpointer do on a server: the embedded Postgres is one process and has nobody to do it.
 * Without them deleted rows would keep their place and be read over for ever, and the log of all writes would be kept until
 * the service is stopped, and be read again at the start after a kill.
 */
@Injectable()
export class EmbeddedUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #run: Promise<unknown> = Promise.resolve();
  #isStopping = false;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    private readonly startup: DatabaseStartup,
    @InjectPinoLogger('storage') private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    if (this.engine.kind !== 'pglite') return;
    this.startup.whenReady().then(
      () => this.#schedule(),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#run;
  }

  /** Returns the tables it has tidied. Table by table, so that others have their turn on the one connection. */
  async tidy(): Promise<string[]> {
    const { rows } = await this.engine.pool.query<{ name: string; is_old: boolean }>(WORN_TABLES);
    for (const { name, is_old } of rows) {
      if (this.#isStopping) break;
      const startedMs = performance.now();
      await this.engine.pool.query(`vacuum (analyze${is_old ? ', freeze' : ''}) ${name}`);
      this.log.debug(
        { table: name, duration_ms: Math.round(performance.now() - startedMs) },
        'Tidied a table',
      );
    }
    return rows.map((row) => row.name);
  }

  /** Returns whether there was enough to do, and nobody copies the log just now. */
  async checkpoint(): Promise<boolean> {
    const { rows } = await this.engine.pool.query<{ is_due: boolean }>(CHECKPOINT_IS_DUE);
    if (this.#isStopping || rows[0]?.is_due !== true || this.#isLogKept()) return false;
    const startedMs = performance.now();
    await this.engine.pool.query('checkpoint');
    this.log.debug({ duration_ms: Math.round(performance.now() - startedMs) }, 'Made a checkpoint');
    return true;
  }

  #isLogKept(): boolean {
    return this.engine instanceof PgliteEngine && this.engine.keepsLog;
  }

  #schedule(): void {
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => {
      this.#run = this.tidy()
        .then(() => this.checkpoint())
        .catch((err: unknown) => this.log.warn({ err }, 'The upkeep of the database failed; trying again'))
        .finally(() => this.#schedule());
    }, LOOK_EVERY_MS).unref();
  }
}
