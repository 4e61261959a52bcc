import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const requestBudgetsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .withSchema('clankerbot')
      .createTable('request_budgets')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('grants', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'::jsonb`))
      .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
      .execute();
  },
};
