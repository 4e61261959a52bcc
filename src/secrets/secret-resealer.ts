import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DatabaseStartup } from '../storage/database-startup.js';
import { SealingKeys } from '../storage/sealing-keys.js';
import { SecretBox } from '../storage/secret-box.js';
import { contextOf } from './secret-opener.js';
import { SecretsRepository } from './secrets.repository.js';

/**
 * After a start, seals with the newest key what an older one has sealed, so that the older one can be thrown away; and
 * says which secrets no key here opens, as after a restore without it.
 */
@Injectable()
export class SecretResealer implements OnApplicationBootstrap {
  constructor(
    private readonly startup: DatabaseStartup,
    private readonly repository: SecretsRepository,
    private readonly keys: SealingKeys,
    private readonly box: SecretBox,
    @InjectPinoLogger('secrets') private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.startup.whenReady().then(
      () => this.reseal().catch((err: unknown) => this.log.warn({ err }, 'Secrets could not be sealed anew')),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  async reseal(): Promise<void> {
    const newest = this.keys.all()[0]?.id ?? '';
    const closed: string[] = [];
    let sealedAnew = 0;
    for (const { name, sealed } of await this.repository.sealedByOthers(newest)) {
      const value = this.#opened(name, sealed);
      if (value === undefined) closed.push(name);
      else {
        const { box, keyId } = this.box.seal(value, contextOf(name));
        await this.repository.reseal(name, sealed, { sealed: box, key_id: keyId });
        sealedAnew++;
      }
    }
    if (sealedAnew > 0)
      this.log.info({ secrets: sealedAnew }, 'Secrets were sealed anew with ENCRYPTION_KEY');
    if (closed.length > 0)
      this.log.warn(
        { secrets: closed.length, names: closed.slice(0, 20) },
        'Secrets were sealed with a key that is not here: put it into ENCRYPTION_KEY or ENCRYPTION_KEY_PREVIOUS, or set them again',
      );
  }

  #opened(name: string, sealed: string): string | undefined {
    try {
      return this.box.open(sealed, contextOf(name));
    } catch {
      return undefined; // Said of all of them together.
    }
  }
}
