import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { newId } from '../clock/new-id.js';
import { DATABASE_ENGINE, type DatabaseEngine, type Listener } from './database-engine.js';
import { DatabaseStartup } from './database-startup.js';

export type Work = 'flows' | 'schedules' | `jobs:${string}`;

interface Ear {
  onRing: () => void;
  /** What was said meanwhile is lost, and it may be that nobody was heard. */
  onReconnect?: () => void;
}

const CHANNEL = 'clankerbot_work';
const NOBODY = '-';
const LISTEN_RETRY_MS = 1_000;
const TELL_EVERY_MS = 10;

/**
 * Says that there is work sooner than anybody knew, in this process at once and in the others by the database. Only a
 * hint: whoever listens also looks by itself. One session listens for all kinds of work; and the others are told apart
 * from the commit, because Postgres lets only one transaction with a notification commit at a time.
 */
@Injectable()
export class WorkBell implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #self = newId();
  readonly #ears = new Map<Work, Set<Ear>>();
  readonly #untold = new Set<Work>();
  #listener: Listener | undefined;
  #retry: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(
    @Inject(DATABASE_ENGINE) private readonly engine: DatabaseEngine,
    private readonly startup: DatabaseStartup,
    @InjectPinoLogger('storage') private readonly log: PinoLogger,
  ) {}

  /** Whether it is heard what others say; until then work of theirs is only found by looking. */
  get isListening(): boolean {
    return this.engine.kind === 'pglite' || this.#listener !== undefined;
  }

  /** Returns how to stop listening. */
  listen(work: Work, ear: Ear): () => void {
    const ears = this.#ears.get(work) ?? new Set();
    this.#ears.set(work, ears.add(ear));
    return () => ears.delete(ear);
  }

  ring(work: Work): void {
    this.#hear(work);
    this.ringOthers(work);
  }

  ringOthers(work: Work): void {
    if (this.engine.kind === 'pglite' || this.#isStopped) return;
    this.#untold.add(work);
    this.#telling ??= setTimeout(() => void this.#tell(), TELL_EVERY_MS).unref();
  }

  /**
   * For the statement that makes the work: the others hear of it if and only if that commits, and so does this process
   * where it cannot know when that is. To be evaluated once; it says nothing where one process has the database.
   */
  notification(work: Work, { isOwnToo }: { isOwnToo: boolean }): RawBuilder<unknown> {
    if (this.engine.kind === 'pglite') return sql`1`;
    return sql`pg_notify(${CHANNEL}, ${`${work} ${isOwnToo ? NOBODY : this.#self}`})`;
  }

  onApplicationBootstrap(): void {
    if (this.engine.kind === 'pglite') return; // It serves one process.
    this.startup.whenReady().then(
      () => this.#listen(),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  /** For whoever is about to end: nobody else may know yet. */
  async tellNow(): Promise<void> {
    clearTimeout(this.#telling);
    if (this.#untold.size > 0) await this.#tell();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#telling);
    await this.#listener?.close();
  }

  #hear(work: Work): void {
    for (const { onRing } of this.#ears.get(work) ?? []) onRing();
  }

  async #tell(): Promise<void> {
    this.#telling = undefined;
    const told = [...this.#untold];
    this.#untold.clear();
    try {
      await this.engine.pool.query('select pg_notify($1, work) from unnest($2::text[]) work', [
        CHANNEL,
        told.map((work) => `${work} ${this.#self}`),
      ]);
    } catch (err) {
      this.log.debug({ err }, 'Other processes look for work by themselves');
    }
  }

  #onMessage(message: string): void {
    const [work, sender] = message.split(' ');
    if (sender !== this.#self) this.#hear(work as Work);
  }

  #onReconnect(): void {
    for (const ears of this.#ears.values()) {
      for (const { onRing, onReconnect } of ears) {
        onReconnect?.();
        onRing();
      }
    }
  }

  async #listen(): Promise<void> {
    try {
      const listener = await this.engine.listen({
        channel: CHANNEL,
        onMessage: (message) => this.#onMessage(message),
        onReconnect: () => this.#onReconnect(),
      });
      if (this.#isStopped) await listener.close();
      else this.#listener = listener;
    } catch (err) {
      this.log.debug({ err }, 'Cannot listen for work yet');
      if (!this.#isStopped) this.#retry = setTimeout(() => void this.#listen(), LISTEN_RETRY_MS).unref();
    }
  }
}
