import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { DatabaseStartup } from './database-startup.js';

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
 * What autovacuum does on a server: the embedded Postgres is one process and has nobody to do it. Without it deleted rows
 * would keep their place and be read over for ever. Table by table, so that others have their turn on the one connection.
 */
@Injectable()
export class EmbeddedVacuum implements OnApplicationBootstrap, OnApplicationShutdown {
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

  /** Answers the tables it has tidied. */
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

  #schedule(): void {
    if (this.#isStopping) return;
    this.#timer = setTimeout(() => {
      this.#run = this.tidy()
        .catch((err: unknown) => this.log.warn({ err }, 'The tables could not be tidied; trying again'))
        .finally(() => this.#schedule());
    }, LOOK_EVERY_MS).unref();
  }
}
