import { AsyncLocalStorage } from 'node:async_hooks';
import { refuseInTransaction } from './inside-transaction.js';

const around = new AsyncLocalStorage<string | undefined>();

/** For whom statements are carried out now; undefined for the service itself, which sees everything. */
export function currentWorkspace(): string | undefined {
  return around.getStore();
}

/**
 * Carries out work for one workspace. Promises that whatever is asked of the database inside, by Kysely or by `Statements`,
 * sees and changes rows of that workspace only, because the database itself refuses the others; and that it fails where the
 * database cannot. Each statement then has a transaction of its own, unless it stands in one.
 */
export async function asWorkspace<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
  const current = around.getStore();
  if (current === workspaceId) return work();
  if (current !== undefined) throw new Error('One workspace does not work for another');
  if (workspaceId === '' || workspaceId.includes('\0')) throw new Error('This is no id of a workspace');
  refuseInTransaction('The work of a workspace');
  return around.run(workspaceId, work);
}

/**
 * For what many share, whoever happened to set it going: a batch, a cache, a bell. It works as the service itself, and so it
 * has to know for whom each thing is that it hands out.
 */
export function outsideWorkspace<T>(work: () => T): T {
  return around.getStore() === undefined ? work() : around.run(undefined, work);
}

/** Throws inside the work of a workspace: what `what` names is for the service only. */
export function refuseInWorkspace(what: string): void {
  if (around.getStore() !== undefined) throw new Error(`${what} cannot be done for one workspace`);
}
