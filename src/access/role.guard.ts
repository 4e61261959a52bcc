import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { AppRequest, RequestContext } from '../observability/request-context.js';
import { DatabaseUnavailableError } from '../storage/storage.errors.js';
import { type AccessConfig, accessConfig } from './access.config.js';
import { ROLES, type Role } from './access.decorators.js';
import { ForbiddenError, UnauthorizedError } from './access.errors.js';
import { AddressAllowlist } from './address-allowlist.js';

/** The last of three guards: refuses whoever has no key, too small a role, or no business delivering webhooks. */
@Injectable()
export class RoleGuard implements CanActivate {
  readonly #allowlist: AddressAllowlist;

  constructor(@Inject(accessConfig.token) config: AccessConfig) {
    this.#allowlist = new AddressAllowlist(config.WEBHOOK_IP_ALLOWLIST);
  }

  canActivate(execution: ExecutionContext): boolean {
    const { context } = execution.getArgByIndex<AppRequest>(0);
    const rule = context.accessRule ?? 'admin';
    if (rule === 'public') return true;
    if (rule === 'webhook') return this.#admitAddress(context.clientAddress);
    if (context.caller === undefined) throw refusal(context, execution.getArgByIndex<Response>(1));
    const { role } = context.caller;
    if (ROLES.indexOf(role) < ROLES.indexOf(rule))
      throw ForbiddenError.roleTooSmall(role, rule satisfies Role);
    return true;
  }

  #admitAddress(address: string): true {
    if (!this.#allowlist.has(address)) throw ForbiddenError.addressNotAllowed();
    return true;
  }
}

function refusal({ authFailure }: RequestContext, response: Response): Error {
  if (authFailure === 'unchecked') return new DatabaseUnavailableError();
  response.setHeader('WWW-Authenticate', 'Bearer realm="clankerbot"');
  if (authFailure === 'foreign') return UnauthorizedError.foreign();
  return authFailure === 'wrong' ? UnauthorizedError.wrong() : UnauthorizedError.missing();
}
