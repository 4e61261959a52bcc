import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { LastUses } from '../storage/last-uses.js';
import { SecretsRepository } from './secrets.repository.js';

/** When secrets were last sent. */
@Injectable()
export class SecretUses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #uses: LastUses;

  constructor(
    repository: SecretsRepository,
    private readonly clock: Clock,
    @InjectPinoLogger('secrets') log: PinoLogger,
  ) {
    this.#uses = new LastUses((uses) => repository.recordUses(uses), log);
  }

  note(names: Iterable<string>): void {
    for (const name of names) this.#uses.note(name, this.clock.now());
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
