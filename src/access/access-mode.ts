import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { type AccessConfig, accessConfig } from './access.config.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';
import { type ConfiguredKey, digestOf, newSecret } from './api-key.js';
import { KEY_NOTICE, type KeyNotice } from './key-notice.js';

/**
 * keys: every call needs one. temporary-key: so it does, and an admin key was made for this process.
 * open-locally: calls from this machine need none. open: nobody needs one.
 */
export type AccessState = 'keys' | 'temporary-key' | 'open-locally' | 'open';

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(\.\d{1,3}){3}\]?)$/i;

/** Whether this process asks for keys, decided once at start. Readiness shows `state`. */
@Injectable()
export class AccessMode implements OnApplicationBootstrap {
  readonly state: AccessState;
  /** Whether it listens for its own machine only. */
  readonly isOnLoopback: boolean;
  /** The keys of the configuration, and the one made for this process. */
  readonly keys: readonly ConfiguredKey[];
  readonly #temporarySecret: string | undefined;

  constructor(
    @Inject(accessConfig.token) config: AccessConfig,
    @Inject(ACCESS_OPTIONS) private readonly options: AccessOptions,
    @Inject(KEY_NOTICE) private readonly notice: KeyNotice,
    @InjectPinoLogger('access') private readonly log: PinoLogger,
  ) {
    this.isOnLoopback = LOOPBACK_HOST.test(options.host);
    this.state = stateOf(config, this.isOnLoopback);
    this.keys = config.API_KEYS.map((key) => ({ ...key, ...config.API_KEY_SCOPES.get(key.name) }));
    if (this.state !== 'temporary-key') return;
    this.#temporarySecret = newSecret();
    this.keys = [{ name: 'temporary', role: 'admin', digest: digestOf(this.#temporarySecret) }];
  }

  /** Once the service listens: the key of one that never does is of no use. */
  showTemporaryKey(): void {
    if (this.#temporarySecret !== undefined) this.notice(temporaryKeyNotice(this.#temporarySecret));
  }

  onApplicationBootstrap(): void {
    if (this.state === 'open') {
      this.log.warn('AUTH_MODE is open: whoever reaches this service may do everything, without an API key');
    }
    if (this.state.startsWith('open') && this.options.corsOrigins.includes('*')) {
      this.log.warn(
        'CORS_ORIGINS=* lets no page in while no API key is needed: name the pages, or set API_KEYS',
      );
    }
    if (this.state === 'open-locally') {
      this.log.info('Without API_KEYS, on a loopback HOST: calls from this machine need no API key');
      if (this.options.isBehindProxy) {
        this.log.warn(
          'TRUST_PROXY names a proxy: whoever comes through it needs an API key, and there is none. Set API_KEYS',
        );
      }
    }
  }
}

function stateOf(config: AccessConfig, isOnLoopback: boolean): AccessState {
  if (config.AUTH_MODE === 'open') return 'open';
  if (config.API_KEYS.length > 0) return 'keys';
  return config.AUTH_MODE === 'auto' && isOnLoopback ? 'open-locally' : 'temporary-key';
}

function temporaryKeyNotice(secret: string): string {
  return [
    'No API_KEYS are configured, so an admin key was made for this process; it ends with it:',
    `    ${secret}`,
    'To keep it, set this in the environment or in .env:',
    `    API_KEYS=admin:admin:${secret}`,
  ].join('\n');
}
