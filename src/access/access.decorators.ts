import { SetMetadata } from '@nestjs/common';

/** Each role may do what the ones before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What a route asks of its caller: a role, or nothing, or the proof that its own webhook guard checks. */
export type AccessRule = Role | 'public' | 'webhook';

export const ACCESS_RULE = 'access:rule';

/** The route needs an API key of this role or a higher one. */
export const Requires = (role: Role) => SetMetadata(ACCESS_RULE, role satisfies AccessRule);

/** The route is open to everybody: probes only. */
export const Public = () => SetMetadata(ACCESS_RULE, 'public' satisfies AccessRule);

/** The route is guarded by its source's own secret or signature instead of an API key. */
export const GuardedByWebhook = () => SetMetadata(ACCESS_RULE, 'webhook' satisfies AccessRule);
