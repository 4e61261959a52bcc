import { Injectable } from '@nestjs/common';
import { type ColumnType, sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../../storage/database.js';
import { outsideWorkspace } from '../../storage/workspace.js';
import type { BudgetStore, Lease } from './budget-store.js';
import { grant, type GrantRequest, type Grants } from './request-grants.js';

interface RequestBudgetsTable {
  name: string;
  grants: ColumnType<Grants, string, string>;
  updated_at: ColumnType<Date, never, Date>;
}

declare module '../../storage/database.js' {
  interface Tables {
    request_budgets: RequestBudgetsTable;
  }
}

/**
 * Counts in the database, by its clock, so that all replicas share one budget and a restart does not forget it. It is of an
 * account, for whichever workspace that is called.
 */
@Injectable()
export class RequestBudgetRepository implements BudgetStore {
  constructor(private readonly db: Database) {}

  lease(name: string, request: GrantRequest): Promise<Lease> {
    return outsideWorkspace(() => this.#lease(name, request));
  }

  async #lease(name: string, request: GrantRequest): Promise<Lease> {
    return this.db.transaction().execute(async (transaction) => {
      const { grants: before, nowMs } = await this.#lock(transaction, name);
      const { grants, ...lease } = grant(before, nowMs, request);
      await transaction
        .updateTable('request_budgets')
        .set({ grants: JSON.stringify(grants), updated_at: new Date(nowMs) })
        .where('name', '=', name)
        .execute();
      return lease;
    });
  }

  async #lock(transaction: Transaction<Tables>, name: string): Promise<{ grants: Grants; nowMs: number }> {
    const select = transaction
      .selectFrom('request_budgets')
      .select(['grants', sql<number>`(extract(epoch from clock_timestamp()) * 1000)::float8`.as('nowMs')])
      .where('name', '=', name)
      .forUpdate();
    const row = await select.executeTakeFirst();
    if (row) return row;
    await transaction
      .insertInto('request_budgets')
      .values({ name, grants: '[]' })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    return select.executeTakeFirstOrThrow();
  }
}
