import { AsyncLocalStorage } from 'node:async_hooks';

const around = new AsyncLocalStorage<{ isOpen: boolean }>();

/** Carries out what belongs to a transaction, so that `refuseInTransaction` knows where it is called from. */
export async function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  const transaction = { isOpen: true };
  try {
    return await around.run(transaction, work);
  } finally {
    transaction.isOpen = false; // What was begun in there and goes on is outside from now on.
  }
}

/**
 * Throws where a transaction is open on the way here. A transaction holds a connection, the embedded engine's only one
 * perhaps, so whoever may have to wait for anything but the database says so by calling this.
 */
export function refuseInTransaction(what: string): void {
  if (around.getStore()?.isOpen) throw new Error(`${what} must not be waited for inside of a transaction`);
}
