import { applyDecorators, SetMetadata } from '@nestjs/common';
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

/** The route is open to everybody. */
export const Public = () => SetMetadata(ACCESS_RULE, 'public' satisfies AccessRule);

/** The route is guarded by its source's own secret or signature instead of an API key. */
export const GuardedByWebhook = () =>
  applyDecorators(
    SetMetadata(ACCESS_RULE, 'webhook' satisfies AccessRule),
    ApiExtension('x-guard', 'webhook'),
  );
