import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import { type Address, isInRange, isPublicAddress } from './address-ranges.js';
import { httpRequestConfig, type HttpRequestConfig } from './http-request.config.js';
import { addressRefused, lookUpFailed, requestRefused } from './http-request.errors.js';

const LONGEST_URL = 8192;

/** Names that mean the inside of some network, whatever a resolver says: by their end, or because they have no dot. */
const INSIDE =
  /^[^.]*$|(^|\.)(localhost|local|localdomain|internal|intranet|lan|corp|home|private|svc|home\.arpa)$/;

/** All addresses of a name; replaced in tests. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;
export const RESOLVE = Symbol('RESOLVE');

/** The addresses of this machine; replaced in tests. */
export type OwnAddresses = () => readonly string[];
export const OWN_ADDRESSES = Symbol('OWN_ADDRESSES');

export function addressesOfMachine(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
}

export async function resolveAll(hostname: string): Promise<readonly string[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

export interface CheckedTarget {
  url: URL;
  /** What the connection is pinned to: only addresses that were checked. */
  addresses: readonly string[];
}

/** Promises that a call leads to the public internet, or to a range the operator permitted, and to no other place. */
@Injectable()
export class AddressGuard {
  constructor(
    @Inject(httpRequestConfig.token) private readonly config: HttpRequestConfig,
    @Inject(RESOLVE) private readonly resolve: Resolve,
    @Inject(OWN_ADDRESSES) private readonly ownAddresses: OwnAddresses,
  ) {}

  /** What can be said about a URL without asking anybody. */
  checkUrl(text: string): URL {
    if (text.length > LONGEST_URL) throw requestRefused(`url is longer than ${LONGEST_URL} characters`);
    // The parser of the client itself: it brings 0x7f.1, 2130706433 and fullwidth digits to one notation.
    const url = URL.parse(text);
    if (!url) throw requestRefused('url is not a valid URL');
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.config.HTTP_REQUEST_PLAIN_HTTP)) {
      throw requestRefused(
        `url must start with ${this.config.HTTP_REQUEST_PLAIN_HTTP ? 'http:// or ' : ''}https://`,
      );
    }
    if (url.username !== '' || url.password !== '') throw requestRefused('url must not contain credentials');
    url.hash = '';
    return url;
  }

  /** Every address of the target is checked, because the connection may take any of them. */
  async check(text: string): Promise<CheckedTarget> {
    const url = this.checkUrl(text);
    const hostname = url.hostname
      .replace(/^\[|\]$/g, '')
      .replace(/\.+$/, '')
      .toLowerCase();
    const isName = isIP(hostname) === 0;
    const mayBePublic = !isName || !INSIDE.test(hostname);
    const addresses = isName ? await this.#addressesOf(hostname, mayBePublic) : [hostname];
    if (addresses.length === 0 || !addresses.every((address) => this.#isPermitted(address, mayBePublic))) {
      throw addressRefused();
    }
    return { url, addresses };
  }

  /** Of no name is it told whether it leads inside or nowhere: who calls must not learn what there is. */
  async #addressesOf(hostname: string, mayBePublic: boolean): Promise<readonly string[]> {
    if (mayBePublic) return this.#lookUp(hostname);
    if (this.config.HTTP_REQUEST_ALLOWED_RANGES.length === 0) throw addressRefused();
    return this.#lookUp(hostname).catch(() => []);
  }

  async #lookUp(hostname: string): Promise<readonly string[]> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_resolve, reject) => {
      const giveUp = (): void => reject(new Error('Looking up the name took too long'));
      timer = setTimeout(giveUp, this.config.HTTP_REQUEST_CONNECT_TIMEOUT_MS);
    });
    try {
      return await Promise.race([this.resolve(hostname), tooLate]);
    } catch (error) {
      throw isUnknown(error) ? addressRefused() : lookUpFailed(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #isPermitted(text: string, mayBePublic: boolean): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.parse(text);
    if (this.config.HTTP_REQUEST_ALLOWED_RANGES.some((range) => isInRange(address, range))) return true;
    return mayBePublic && isPublicAddress(address) && !this.#isOwn(address);
  }

  /** What listens on this machine is inside, by whichever of its addresses it is called. Asked anew: they change. */
  #isOwn(address: Address): boolean {
    const text = address.toNormalizedString();
    return this.ownAddresses().some(
      (own) => ipaddr.isValid(own) && ipaddr.parse(own).toNormalizedString() === text,
    );
  }
}

function isUnknown(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
