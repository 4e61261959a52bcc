import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { SecretsRepository } from './secrets.repository.js';

const WRITE_EVERY_MS = 30_000;

/** When secrets were last sent, gathered in memory and written twice a minute and at the end. */
@Injectable()
export class SecretUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #uses = new Map<string, Date>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: SecretsRepository,
    private readonly clock: Clock,
    @InjectPinoLogger('secrets') private readonly log: PinoLogger,
  ) {}

  note(names: Iterable<string>): void {
    const now = this.clock.now();
    for (const name of names) this.#uses.set(name, now);
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  /** What cannot be written now is kept for the next time. */
  async write(): Promise<void> {
    if (this.#uses.size === 0) return;
    const uses = this.#uses;
    this.#uses = new Map();
    try {
      await this.repository.recordUses(uses);
    } catch (err) {
      this.#uses = new Map([...uses, ...this.#uses]);
      this.log.debug({ err }, 'Last uses of secrets could not be written');
    }
  }
}
