import type { RepeatKey } from '../../events/inbox/delivery.js';
import { ANY_TYPE, contentKey, firstTextAt } from '../payload-fields.js';
import type { EventFacts, WebhookPayload } from '../webhook-source.js';
import { CLOCKIFY_EVENT_TYPES } from './clockify-events.js';

/**
 * Types that undo each other while their bodies may stay the same. Left out is what happens to a thing only once (NEW_…,
 * …_CREATED), and what tells by its body how it changes (UPDATED): sharing would make a late retry of it a second event.
 */
const FAMILIES: readonly (readonly [name: string, ...types: string[]])[] = [
  ['deletion of a time entry', 'TIME_ENTRY_DELETED', 'TIME_ENTRY_RESTORED'],
  ['extent of a time entry', 'TIME_ENTRY_UPDATED', 'TIME_ENTRY_SPLIT'],
  ['deletion of an expense', 'EXPENSE_DELETED', 'EXPENSE_RESTORED'],
  ['publication of an assignment', 'ASSIGNMENT_UPDATED', 'ASSIGNMENT_PUBLISHED'],
  [
    'membership of a user',
    'USER_JOINED_WORKSPACE',
    'USER_ACTIVATED_ON_WORKSPACE',
    'USER_DEACTIVATED_ON_WORKSPACE',
    'USER_DELETED_FROM_WORKSPACE',
  ],
  [
    'decision on time off',
    'TIME_OFF_REQUEST_APPROVED',
    'TIME_OFF_REQUEST_REJECTED',
    'TIME_OFF_REQUEST_WITHDRAWN',
    'TIME_OFF_REQUEST_UPDATED',
  ],
];
const FAMILY_OF = new Map(FAMILIES.flatMap(([name, ...types]) => types.map((type) => [type, name])));
/** A balance has no id; it is one user's under one policy. */
const BALANCES = new Set(['BALANCE_UPDATED', 'BALANCE']);

/** What a delivery of Clockify's without an id is recognised by. */
export function clockifyContentKey(
  payload: WebhookPayload,
  facts: Omit<EventFacts, 'repeatKey'> & { subscription: string | undefined },
): RepeatKey {
  const { type, workspaceId, subscription, isTypeInferred } = facts;
  const isStrange = !isTypeInferred && !CLOCKIFY_EVENT_TYPES.has(type);
  return contentKey(payload, {
    workspaceId,
    subscription,
    type,
    subjectId: facts.subjectId ?? (BALANCES.has(type) ? balanceOf(payload, facts.userId) : null),
    family: isStrange ? ANY_TYPE : FAMILY_OF.get(type),
  });
}

function balanceOf(payload: WebhookPayload, userId: string | null): string | null {
  if (userId === null) return null;
  return JSON.stringify([userId, firstTextAt(payload, ['policyId', 'policy.id'])]);
}
