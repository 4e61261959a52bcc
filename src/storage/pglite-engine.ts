import type { PGlite, PGliteOptions } from '@electric-sql/pglite';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabaseEngine, Listener, Subscription } from './database-engine.js';
import { DataDirLock } from './data-dir-lock.js';
import type { DurableDirectory } from './durable-directory.js';
import { removeLeftCopies } from './left-copies.js';
import { RefusedWrites } from './refused-writes.js';
import { StatementCount } from './statement-count.js';
import { DataDirError } from './storage.errors.js';
import { turnByTurn } from './turn-by-turn.js';

const IN_MEMORY = 'memory://';
const WITHOUT_FSYNC = '-F';
/** Emscripten knows fdatasync, Postgres' first choice, but does nothing for it. */
const WITH_FSYNC = ['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'];

/** Loads the embedded Postgres, so not before somebody opens one. */
const durable = async (dataDir: string, beforeTouch: () => void): Promise<DurableDirectory> => {
  const { DurableDirectory } = await import('./durable-directory.js');
  return new DurableDirectory(dataDir, beforeTouch);
};

/** At once: to close the database would be to write to it. */
function endAtOnce(error: DataDirError): never {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

/** The Postgres inside this process. It has one connection, so the pool has one client. */
export class PgliteEngine implements DatabaseEngine {
  readonly kind = 'pglite';
  readonly writes = new RefusedWrites();
  readonly statements = new StatementCount();
  /** While it is set nobody makes a checkpoint, which would remove the log that somebody copies. */
  keepsLog = false;
  readonly #lock: DataDirLock | undefined;
  #pglite: PGlite | undefined;
  #pool: pg.Pool | undefined;

  /**
   * `snapshot` answers what fills an empty directory, or an in-memory database, in place of a first initdb; `settings` are
   * of Postgres, for a database on files.
   */
  constructor(
    private readonly dataDir: string,
    private readonly snapshot: () => Promise<Blob | undefined> = async () => undefined,
    private readonly directoryAt = durable,
    onWait: (sentence: string) => void = () => undefined,
    private readonly settings: readonly string[] = [],
  ) {
    if (!dataDir.startsWith(IN_MEMORY)) this.#lock = new DataDirLock(dataDir, { onWait, onLost: endAtOnce });
  }

  /** Where its files are; undefined in memory. */
  get directory(): string | undefined {
    return this.#lock === undefined ? undefined : this.dataDir;
  }

  get pool(): pg.Pool {
    if (!this.#pool) throw new Error('The embedded Postgres is not open yet');
    return this.#pool;
  }

  async open(): Promise<void> {
    if (this.#pool) return;
    await this.#lock?.acquire();
    try {
      if (this.directory !== undefined) await removeLeftCopies(this.directory);
      const [{ PGlite }, { createPgConfig }] = await Promise.all([
        import('@electric-sql/pglite'),
        import('@electric-sql/pglite/node-postgres'),
      ]);
      this.#pglite = await this.#start(PGlite);
      this.#pool = new pg.Pool({
        ...(createPgConfig(turnByTurn(this.#pglite) as PGlite) as unknown as pg.PoolConfig),
        max: 1,
        idleTimeoutMillis: 0,
      });
      this.writes.watch(this.#pool);
      this.statements.watch(this.#pool);
    } catch (error) {
      this.#lock?.release();
      throw DataDirError.notUsable(this.dataDir, error);
    }
  }

  async #start(Embedded: typeof PGlite): Promise<PGlite> {
    const isNew = this.directory === undefined || !existsSync(join(this.dataDir, 'PG_VERSION'));
    const snapshot = isNew ? await this.snapshot() : undefined;
    const options: PGliteOptions = snapshot ? { loadDataDir: snapshot } : {};
    if (this.directory === undefined) return Embedded.create({ ...options, dataDir: this.dataDir });
    const fs = await this.directoryAt(this.dataDir, () => this.#lock?.beat());
    options.fs = fs;
    options.startParams = [
      ...Embedded.defaultStartParams.filter((param) => param !== WITHOUT_FSYNC),
      ...WITH_FSYNC,
      ...this.settings.flatMap((setting) => ['-c', setting]),
    ];
    const pglite = await Embedded.create(options);
    delete options.loadDataDir; // PGlite keeps its options, and this one is 40 MB.
    // A snapshot is of a running Postgres, which therefore recovers it, and syncs every file before it does.
    if (isNew && snapshot === undefined) await fs.syncAll();
    return pglite;
  }

  async afresh<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    return work(client).finally(() => client.release());
  }

  async listen(subscription: Subscription): Promise<Listener> {
    const unlisten = await this.#pglite?.listen(subscription.channel, subscription.onMessage);
    subscription.onReconnect();
    return { close: async () => unlisten?.() };
  }

  withoutTimeLimit<T>(work: (pool: pg.Pool) => Promise<T>): Promise<T> {
    return work(this.pool);
  }

  /** A copy of the whole database as a tar file; the service keeps running. */
  async dump(): Promise<Blob> {
    if (!this.#pglite) throw new Error('The embedded Postgres is not open yet');
    return this.#pglite.dumpDataDir('none');
  }

  async close(): Promise<void> {
    await this.#pool?.end();
    await this.#pglite?.close();
    this.#pool = undefined;
    this.#lock?.release();
  }
}
