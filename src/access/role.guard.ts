import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { AppRequest, Caller, RequestContext } from '../observability/request-context.js';
import { DatabaseUnavailableError } from '../storage/storage.errors.js';
import { type AccessConfig, accessConfig } from './access.config.js';
import { ROLES, type Role, type ScopePolicy } from './access.decorators.js';
import { ForbiddenError, UnauthorizedError } from './access.errors.js';
import { AccessRules } from './access-rules.js';
import { AddressAllowlist } from './address-allowlist.js';
import { BOUNDS } from './scope.js';

const ALL_BOUNDS = [...BOUNDS, 'payloads'] as const;
type ScopeBound = (typeof ALL_BOUNDS)[number];

/** The last of three guards: refuses whoever has no key, too small a role, a scope that the route cannot hold, or no business delivering webhooks. */
@Injectable()
export class RoleGuard implements CanActivate {
  readonly #allowlist: AddressAllowlist;

  constructor(
    @Inject(accessConfig.token) config: AccessConfig,
    private readonly rules: AccessRules,
  ) {
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
    this.#admitScope(context.caller, execution);
    return true;
  }

  #admitScope(caller: Caller, execution: ExecutionContext): void {
    if (caller.scope === undefined && caller.seesNoPayloads !== true) return;
    const refused = firstRefused(caller, this.rules.scopePolicyOf(execution));
    if (refused !== undefined) throw ForbiddenError.outOfScope(refused);
  }

  #admitAddress(address: string): true {
    if (!this.#allowlist.has(address)) throw ForbiddenError.addressNotAllowed();
    return true;
  }
}

/** The bound of the caller that the route cannot hold; without a policy it holds none. */
function firstRefused(caller: Caller, policy: ScopePolicy | undefined): ScopeBound | undefined {
  const has = (bound: ScopeBound): boolean =>
    bound === 'payloads' ? caller.seesNoPayloads === true : caller.scope?.[bound] !== undefined;
  return ALL_BOUNDS.filter(has).find((bound) => policy?.closed?.includes(bound) ?? true);
}

function refusal({ authFailure }: RequestContext, response: Response): Error {
  if (authFailure === 'unchecked') return new DatabaseUnavailableError();
  response.setHeader('WWW-Authenticate', 'Bearer realm="clankerbot"');
  if (authFailure === 'foreign') return UnauthorizedError.foreign();
  return authFailure === 'wrong' ? UnauthorizedError.wrong() : UnauthorizedError.missing();
}
