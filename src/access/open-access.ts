import { Inject, Injectable } from '@nestjs/common';
import type { AppRequest, Caller } from '../observability/request-context.js';
import { AccessMode } from './access-mode.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';
import { ANONYMOUS } from './api-key.js';

const ANYBODY: Caller = Object.freeze({ name: ANONYMOUS, role: 'admin', keyId: '' });
const LOCAL_HOST = /^((\w[\w-]*\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'via'] as const;
const HARMLESS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Who a request without a valid key is. Where the service is open because it is local, a web page in a browser on
 * the same machine must not use that: neither by a host name that resolves to loopback, nor by a cross-site POST. Nor
 * must those whom a proxy on this machine lets in.
 */
@Injectable()
export class OpenAccess {
  constructor(
    private readonly mode: AccessMode,
    @Inject(ACCESS_OPTIONS) private readonly options: AccessOptions,
  ) {}

  get isOpen(): boolean {
    return this.mode.state === 'open' || this.mode.state === 'open-locally';
  }

  admit(request: AppRequest): Caller | undefined {
    const isAdmitted = this.mode.state === 'open' || (this.isOpen && this.#isLocal(request));
    return isAdmitted ? ANYBODY : undefined;
  }

  /** Whether a web page sent this that may not: neither of this machine, nor in CORS_ORIGINS. */
  isForeignPage({ headers: { host, origin } }: AppRequest): boolean {
    if (origin === undefined) return false;
    const { corsOrigins } = this.options;
    if (corsOrigins.includes(origin) || corsOrigins.includes('*')) return false;
    // By a host name of its own a page can reach any address, and then it is of the same origin.
    return !isLocalHost(host) || URL.parse(origin)?.host !== host;
  }

  #isLocal(request: AppRequest): boolean {
    if (!isLocalHost(request.headers.host)) return false;
    // A proxy on this machine lets others in, and calls us by a local name.
    if (PROXY_HEADERS.some((name) => request.headers[name] !== undefined)) return false;
    return HARMLESS.has(request.method) || !this.isForeignPage(request);
  }
}

function isLocalHost(host: string | undefined): boolean {
  return host === undefined || LOCAL_HOST.test(host);
}
