import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule, SCOPE_POLICY, type ScopePolicy } from './access.decorators.js';

/** The rule of each route, looked up once. A route that declares none is closed to all but admins. */
@Injectable()
export class AccessRules {
  readonly #byClass = new WeakMap<object, Map<object, AccessRule>>();

  constructor(private readonly reflector: Reflector) {}

  /** Asked for bound keys only. */
  scopePolicyOf(context: ExecutionContext): ScopePolicy | undefined {
    return this.reflector.getAllAndOverride<ScopePolicy | undefined>(SCOPE_POLICY, [
      context.getHandler(),
      context.getClass(),
    ]);
  }

  of(context: ExecutionContext): AccessRule {
    const owner = context.getClass();
    const handler = context.getHandler();
    const known = this.#byClass.get(owner)?.get(handler);
    if (known !== undefined) return known;
    const declared = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [handler, owner]);
    const rule = declared ?? 'admin';
    const rules = this.#byClass.get(owner) ?? new Map<object, AccessRule>();
    this.#byClass.set(owner, rules.set(handler, rule));
    return rule;
  }
}
