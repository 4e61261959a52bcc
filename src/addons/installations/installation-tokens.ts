import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DatabaseStartup } from '../../storage/database-startup.js';
import { SealingKeys } from '../../storage/sealing-keys.js';
import { SecretBox } from '../../storage/secret-box.js';
import { InstallationsRepository } from './installations.repository.js';
import type { InstallationKey } from './installations.tables.js';

/** What is authenticated with a sealed token: moved to another installation it does not open. */
export function tokenContext({ addon, workspaceId }: InstallationKey): string {
  return `addon-installation:${JSON.stringify([addon, workspaceId])}`;
}

/** After a start, seals the tokens of installations with the newest key, so that an older one can be thrown away. */
@Injectable()
export class InstallationTokens implements OnApplicationBootstrap {
  constructor(
    private readonly startup: DatabaseStartup,
    private readonly repository: InstallationsRepository,
    private readonly keys: SealingKeys,
    private readonly box: SecretBox,
    @InjectPinoLogger('addons') private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.startup.whenReady().then(
      () => this.reseal().catch((err: unknown) => this.log.warn({ err }, 'Tokens could not be sealed anew')),
      () => undefined, // Whoever starts the service reports why it cannot.
    );
  }

  async reseal(): Promise<void> {
    const newest = this.keys.all()[0]?.id ?? '';
    let closed = 0;
    let sealedAnew = 0;
    for (const row of await this.repository.sealedByOthers(newest)) {
      const key = { addon: row.addon, workspaceId: row.workspace_id };
      const token = this.#opened(row.sealed_token, key);
      if (token === undefined) closed++;
      else {
        const { box, keyId } = this.box.seal(token, tokenContext(key));
        await this.repository.reseal({ ...key, before: row.sealed_token }, { sealedToken: box, keyId });
        sealedAnew++;
      }
    }
    if (sealedAnew > 0)
      this.log.info({ installations: sealedAnew }, 'Tokens of installations were sealed anew');
    if (closed > 0)
      this.log.warn(
        { installations: closed },
        'Tokens of installations were sealed with a key that is not here: put it into ENCRYPTION_KEY_PREVIOUS, or have the add-on installed again',
      );
  }

  #opened(sealed: string, key: InstallationKey): string | undefined {
    try {
      return this.box.open(sealed, tokenContext(key));
    } catch {
      return undefined; // Said of all of them together.
    }
  }
}
