import { accessMutants } from './access.mutants.ts';
import { actionMutants } from './actions.mutants.ts';
import { eventMutants } from './events.mutants.ts';
import { flowMutants } from './flows.mutants.ts';
import type { Mutant } from './mutant.ts';
import { queueMutants } from './queue.mutants.ts';
import { scheduleMutants } from './schedules.mutants.ts';
import { storageMutants } from './storage.mutants.ts';
import { webhookMutants } from './webhooks.mutants.ts';

export const allMutants: readonly Mutant[] = [
  ...accessMutants,
  ...actionMutants,
  ...eventMutants,
  ...flowMutants,
  ...queueMutants,
  ...scheduleMutants,
  ...storageMutants,
  ...webhookMutants,
];
