import { applyDecorators, SetMetadata } from '@nestjs/common';
import type { Bound } from '../observability/request-context.js';
import { ApiBearerAuth, ApiExtension, ApiSecurity } from '@nestjs/swagger';

/** Each role may do what the ones before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What a route asks of its caller: a role, or nothing, or the proof that its own webhook guard checks. */
export type AccessRule = Role | 'public' | 'webhook';

export const ACCESS_RULE = 'access:rule';

/** The route needs an API key of this role or a higher one, and its documentation says how to send it. */
export const Requires = (role: Role) =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, role satisfies AccessRule),
    ApiBearerAuth('bearer'),
    ApiSecurity('apiKey'),
    ApiExtension('x-role', role),
  );

/** What a route does about each bound of a key's scope, and about keys that see no payloads. */
export interface ScopePolicy {
  /** Lists and looks stay within, what lies outside is refused; of payloads: they are left out. */
  held: readonly (Bound | 'payloads')[];
  /** Who is bound like this is refused, because what the route does cannot be kept within. */
  closed?: readonly (Bound | 'payloads')[];
  /** All others: what the route has to do with is of no such kind. */
}

export const SCOPE_POLICY = 'access:scope';

/** How the route holds keys that are bound. One that does not say so is closed to all of them. */
export const HoldsScope = ({ held, closed = [] }: ScopePolicy) =>
  applyDecorators(
    SetMetadata(SCOPE_POLICY, { held, closed } satisfies ScopePolicy),
    ApiExtension('x-scope', { held, closed }),
  );

/** The route is open to everybody. */
export const Public = () => SetMetadata(ACCESS_RULE, 'public' satisfies AccessRule);

/** The route is guarded by its source's own secret or signature instead of an API key. */
export const GuardedByWebhook = () =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, 'webhook' satisfies AccessRule),
    ApiExtension('x-guard', 'webhook'),
  );
