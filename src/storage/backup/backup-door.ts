import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DATABASE_ENGINE, type DatabaseEngine } from '../database-engine.js';
import { DatabaseStartup } from '../database-startup.js';
import { doorOf, isPathTooLong } from '../local-socket.js';
import { PgliteEngine } from '../pglite-engine.js';
import { doorText } from './copy-talk.js';
import { serveVisit } from './copy-visit.js';

/**
 * Where `npm run backup` asks for the embedded database while this process has it: a Unix socket in DATA_DIR, for this user
 * only. The visitor copies the files itself, and reads the copy in its own time. Promises that queries go on meanwhile,
 * that a visitor who stalls while the log of writes is kept is cut off, and that no copy stays when its visitor is gone.
 */
@Injectable()
export class BackupDoor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #server: Server | undefined;
  #visitor: Socket | undefined;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    private readonly startup: DatabaseStartup,
    @InjectPinoLogger('storage') private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.startup.whenReady().then(
      () => this.#open(),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  beforeApplicationShutdown(): void {
    this.#server?.close();
    this.#visitor?.destroy();
  }

  #open(): void {
    const { engine } = this;
    if (!(engine instanceof PgliteEngine) || engine.directory === undefined) return;
    const path = doorOf(engine.directory);
    if (isPathTooLong(path)) {
      this.log.warn('DATA_DIR is too long a path for backups while the service runs; stop it for a backup');
      return;
    }
    rmSync(path, { force: true }); // We hold the lock on the directory: what lies there is of a process that is gone.
    this.#server = createServer((visitor) => void this.#receive(visitor, engine, engine.directory ?? ''));
    this.#server.on('error', (err) => this.log.warn({ err }, 'Backups need the service stopped'));
    this.#server.listen(path, () => chmodSync(path, 0o600)).unref();
  }

  /** One at a time: each needs as much of the disk as the database has. */
  async #receive(visitor: Socket, engine: PgliteEngine, dataDir: string): Promise<void> {
    visitor.on('error', () => undefined); // Whoever waits for the next word is told.
    if (this.#visitor) return void visitor.end(doorText({ kind: 'busy' }));
    this.#visitor = visitor;
    const startedMs = performance.now();
    try {
      await serveVisit(visitor, engine, { dataDir });
      this.log.info({ duration_ms: Math.round(performance.now() - startedMs) }, 'Backup taken');
    } catch (err) {
      visitor.destroy();
      this.log.warn({ err }, 'A backup was not finished');
    } finally {
      this.#visitor = undefined;
    }
  }
}
