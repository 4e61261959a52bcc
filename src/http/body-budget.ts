import { Inject, Injectable } from '@nestjs/common';
import { type HttpConfig, httpConfig } from './http.config.js';

const MIB = 1024 * 1024;

/** What all bodies together may hold of memory. One client network gets half of it at most, so that others get in. */
@Injectable()
export class BodyBudget {
  readonly #most: number;
  readonly #byNetwork = new Map<string, number>();
  #held = 0;

  constructor(@Inject(httpConfig.token) config: Pick<HttpConfig, 'MAX_BUFFERED_BODIES_MB'>) {
    this.#most = config.MAX_BUFFERED_BODIES_MB * MIB;
  }

  /** Whether there is room for these bytes; they are held until they are given back. */
  take(network: string, bytes: number): boolean {
    const ofNetwork = (this.#byNetwork.get(network) ?? 0) + bytes;
    if (ofNetwork > this.#most / 2 || this.#held + bytes > this.#most) return false;
    this.#byNetwork.set(network, ofNetwork);
    this.#held += bytes;
    return true;
  }

  giveBack(network: string, bytes: number): void {
    if (bytes === 0) return;
    const rest = (this.#byNetwork.get(network) ?? 0) - bytes;
    if (rest > 0) this.#byNetwork.set(network, rest);
    else this.#byNetwork.delete(network);
    this.#held -= bytes;
  }
}
