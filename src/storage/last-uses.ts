import type { PinoLogger } from 'nestjs-pino';

const WRITE_EVERY_MS = 30_000;

/** Writes when things were last used, by their ids. */
type RecordUses = (uses: ReadonlyMap<string, Date>) => Promise<void>;

/**
 * When things were last used, gathered in memory and written twice a minute and at the end, so that a use costs no
 * statement. What cannot be written now is kept for the next time.
 */
export class LastUses {
  #uses = new Map<string, Date>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly record: RecordUses,
    private readonly log: PinoLogger,
  ) {}

  note(id: string, usedAt: Date): void {
    this.#uses.set(id, usedAt);
  }

  start(): void {
    this.#timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  async write(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = this.#uses;
    this.#uses = new Map();
    try {
      await this.record(uses);
    } catch (err) {
      this.#uses = new Map([...uses, ...this.#uses]);
      this.log.debug({ err }, 'Last uses could not be written');
    }
  }
}
