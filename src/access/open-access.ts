import { Inject, Injectable } from '@nestjs/common';
import type { AppRequest, Caller } from '../observability/request-context.js';
import { AccessMode } from './access-mode.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';
import { ANONYMOUS } from './api-key.js';

const ANYBODY: Caller = Object.freeze({ name: ANONYMOUS, role: 'admin', keyId: '' });
const LOCAL_HOST = /^((\w[\w-]*\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const HARMLESS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Who a request without a valid key is. Where the service is open because it is local, a web page in a browser on
 * the same machine must not use that: neither by a host name that resolves to loopback, nor by a cross-site POST.
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

  #isLocal({ method, headers: { host, origin } }: AppRequest): boolean {
    if (host !== undefined && !LOCAL_HOST.test(host)) return false;
    if (origin === undefined || HARMLESS.has(method)) return true;
    const { corsOrigins } = this.options;
    return URL.parse(origin)?.host === host || corsOrigins.includes(origin) || corsOrigins.includes('*');
  }
}
