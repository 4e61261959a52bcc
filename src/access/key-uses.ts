import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ApiKeysRepository } from './api-keys.repository.js';

const WRITE_EVERY_MS = 30_000;

/** When managed keys were last used, gathered in memory and written twice a minute and at the end. */
@Injectable()
export class KeyUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #uses = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly repository: ApiKeysRepository,
    @InjectPinoLogger('access') private readonly log: PinoLogger,
  ) {}

  note(keyId: string, usedAtMs: number): void {
    this.#uses.set(keyId, usedAtMs);
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
      await this.repository.recordUses(new Map([...uses].map(([id, ms]) => [id, new Date(ms)])));
    } catch (err) {
      this.#uses = new Map([...uses, ...this.#uses]);
      this.log.debug({ err }, 'Last uses of API keys could not be written');
    }
  }
}
