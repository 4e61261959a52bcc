import type { Delivery } from '../../src/events/inbox/delivery.js';

let counter = 0;

/** A delivery like many others, and like no other. */
export function aDelivery(change: Partial<Delivery> = {}): Delivery {
  const n = ++counter;
  return {
    source: 'test',
    type: 'THING_CHANGED',
    isTypeInferred: false,
    workspaceId: 'w1',
    userId: null,
    subjectId: `thing-${n}`,
    payload: { n },
    headers: {},
    changes: [],
    repeatKey: { kind: 'id', id: `delivery-${n}` },
    requestId: `request-${n}`,
    ...change,
  };
}
