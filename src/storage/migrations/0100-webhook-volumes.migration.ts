import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How many bytes each source of webhooks has stored in a day, over all replicas. */
export const webhookVolumesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .withSchema('clankerbot')
      .createTable('webhook_volumes')
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('day', 'date', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('webhook_volumes_key', ['source', 'day'])
      .execute();
  },
};
