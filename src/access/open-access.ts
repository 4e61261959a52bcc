import { Inject, Injectable } from '@nestjs/common';
import type { AppRequest, Caller } from '../observability/request-context.js';
import { AccessMode } from './access-mode.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';
import { ANONYMOUS } from './api-key.js';

const ANYBODY: Caller = Object.freeze({ name: ANONYMOUS, role: 'admin', keyId: '' });
const LOCAL_HOST = /^((\w[\w-]*\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
/** An address has no name server that could be made to answer another one. */
const ADDRESS_HOST = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])(:\d+)?$/i;
/** What proxies, tunnels and content networks add. Some send one of them only. */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-original-forwarded-for',
  'x-original-host',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-ray',
  'cdn-loop',
  'fastly-client-ip',
  'fly-client-ip',
  'x-amzn-trace-id',
] as const;
/** What browsers send for pages of the service itself, and for what a person has typed in. Others send nothing. */
const OWN_SITES: ReadonlySet<unknown> = new Set([undefined, 'same-origin', 'none']);

/**
 * Who a request without a valid key is. No web page but the service's own may use that none is needed, unless
 * CORS_ORIGINS names it; `*` names nobody here. Where the service listens for its own machine only, it also must have
 * been called by a local name, which keeps out pages whose name is made to resolve to loopback, and by no proxy, which
 * would let others in.
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
    const isAdmitted =
      this.isOpen && !this.isForeignPage(request) && (this.#isForOthers() || isLocal(request));
    return isAdmitted ? ANYBODY : undefined;
  }

  /** Whether a web page sent this that may not: neither of this service, nor in CORS_ORIGINS. */
  isForeignPage({ headers }: AppRequest): boolean {
    const { host, origin } = headers;
    if (origin === undefined) return !OWN_SITES.has(headers['sec-fetch-site']);
    if (origin !== '*' && this.options.corsOrigins.includes(origin)) return false;
    // By a host name of its own a page can reach any address, and then it is of the same origin.
    return !(isLocalHost(host) || ADDRESS_HOST.test(host ?? '')) || URL.parse(origin)?.host !== host;
  }

  /** Open to more than this machine: by its address, or by a proxy that the operator has named. */
  #isForOthers(): boolean {
    return this.mode.state === 'open' && (!this.mode.isOnLoopback || this.options.isBehindProxy);
  }
}

function isLocal({ headers }: AppRequest): boolean {
  return isLocalHost(headers.host) && !PROXY_HEADERS.some((name) => headers[name] !== undefined);
}

function isLocalHost(host: string | undefined): boolean {
  return host === undefined || LOCAL_HOST.test(host);
}
