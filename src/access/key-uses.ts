import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { LastUses } from '../storage/last-uses.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** When managed keys were last used. */
@Injectable()
export class KeyUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #uses: LastUses;

  constructor(repository: ApiKeysRepository, @InjectPinoLogger('access') log: PinoLogger) {
    this.#uses = new LastUses((uses) => repository.recordUses(uses), log);
  }

  note(keyId: string, usedAtMs: number): void {
    this.#uses.note(keyId, new Date(usedAtMs));
  }

  onApplicationBootstrap(): void {
    this.#uses.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#uses.stop();
  }

  write(): Promise<void> {
    return this.#uses.write();
  }
}
