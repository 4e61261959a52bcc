import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DATABASE_ENGINE, type DatabaseEngine } from '../database-engine.js';
import { DatabaseStartup } from '../database-startup.js';
import { Database } from '../database.js';
import { doorOf, isPathTooLong } from '../local-socket.js';
import { PgliteEngine } from '../pglite-engine.js';
import { readBackup } from './backup-writer.js';

const STALL_MS = 10_000;

/**
 * Where `npm run backup` gets the embedded database from while this process has it: a Unix socket in DATA_DIR, for this
 * user only. Promises that other queries wait no longer than the reader reads, and that a stalled reader is cut off.
 */
@Injectable()
export class BackupDoor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #server: Server | undefined;
  readonly #visitors = new Set<Socket>();

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    private readonly db: Database,
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
    for (const visitor of this.#visitors) visitor.destroy();
  }

  #open(): void {
    const dataDir = this.engine instanceof PgliteEngine ? this.engine.directory : undefined;
    if (dataDir === undefined) return;
    const path = doorOf(dataDir);
    if (isPathTooLong(path)) {
      this.log.warn('DATA_DIR is too long a path for backups while the service runs; stop it for a backup');
      return;
    }
    rmSync(path, { force: true }); // We hold the lock on the directory: what lies there is of a process that is gone.
    this.#server = createServer((visitor) => void this.#serve(visitor));
    this.#server.on('error', (err) => this.log.warn({ err }, 'Backups need the service stopped'));
    this.#server.listen(path, () => chmodSync(path, 0o600)).unref();
  }

  async #serve(visitor: Socket): Promise<void> {
    this.#visitors.add(visitor);
    visitor.on('close', () => this.#visitors.delete(visitor));
    visitor.on('error', () => undefined); // The pipeline tells.
    const startedMs = performance.now();
    try {
      await readBackup(this.db, async (lines) => {
        visitor.setTimeout(STALL_MS, () => visitor.destroy(new Error('The reader of the backup stalled')));
        await pipeline(Readable.from(withNewlines(lines), { objectMode: false }), visitor);
      });
      this.log.info({ duration_ms: Math.round(performance.now() - startedMs) }, 'Backup taken');
    } catch (err) {
      visitor.destroy();
      this.log.warn({ err }, 'A backup was not finished');
    }
  }
}

const CHUNK_CHARACTERS = 64 * 1024;

/** In chunks, because a write per row would cost more than the row. */
export async function* withNewlines(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
