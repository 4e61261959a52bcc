import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { Tables } from '../../storage/database.js';
import type { InstallationKey } from './installations.tables.js';

/** Whoever keeps rows that a workspace has only because it installed an add-on. */
export interface InstallationRowsHolder {
  readonly tables: readonly string[];
  remove(transaction: Transaction<Tables>, key: InstallationKey): Promise<void>;
}

/**
 * All who do. Promises that what one of them keeps of an installation goes with it, in one transaction. A test reads the
 * catalogue of tables and fails on one that names a workspace and that nobody here answers for.
 */
@Injectable()
export class InstallationRows {
  readonly #holders: InstallationRowsHolder[] = [];

  register(holder: InstallationRowsHolder): void {
    this.#holders.push(holder);
  }

  get tables(): readonly string[] {
    return this.#holders.flatMap(({ tables }) => tables);
  }

  async remove(transaction: Transaction<Tables>, key: InstallationKey): Promise<void> {
    // The last ones first: those before them may be what the others point at.
    for (const holder of this.#holders.toReversed()) await holder.remove(transaction, key);
  }
}
