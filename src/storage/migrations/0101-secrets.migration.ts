import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Secrets that flows and schedules name, sealed; and, of a step, at which places of its input one stands. */
export const secretsMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const schema = db.schema.withSchema('clankerbot');
    await schema
      .createTable('secrets')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('description', 'text')
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('allowed_hosts', sql`text[]`, (column) => column.notNull())
      .addColumn('allowed_params', sql`text[]`, (column) => column.notNull())
      .addColumn('allowed_integrations', sql`text[]`, (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at', 'timestamptz', (column) => column.notNull())
      .addColumn('updated_by', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'timestamptz', (column) => column.notNull())
      .addColumn('last_used_at', 'timestamptz')
      .execute();
    await schema.alterTable('flow_steps').addColumn('secrets', 'jsonb').execute();
    await sql`create index schedules_with_secrets on clankerbot.schedules (id)
      where target -> 'secretsIn' is not null`.execute(db);
  },
};
