import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What was answered to requests with an Idempotency-Key that made schedules or ran them. */
export const scheduleAnswersMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = db.schema.withSchema('clankerbot');
    await schema
      .createTable('schedule_answers')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      // Null only within the transaction that makes what is answered. As it was written, so json and not jsonb.
      .addColumn('answer', 'json')
      .addColumn('created_at', 'timestamptz', (column) => column.notNull())
      .execute();
    await schema.createIndex('schedule_answers_age').on('schedule_answers').column('created_at').execute();
  },
};
