import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { currentWorkspace } from '../storage/workspace.js';
import { Database } from '../storage/database.js';

interface SecretsTable {
  name: string;
  description: string | null;
  sealed: string;
  /** Of the key that it is sealed with. */
  key_id: string;
  version: number;
  allowed_hosts: string[];
  allowed_params: string[];
  allowed_integrations: string[];
  created_by: string;
  created_at: Date;
  updated_by: string;
  updated_at: Date;
  last_used_at: Date | null;
}

declare module '../storage/database.js' {
  interface Tables {
    secrets: SecretsTable;
  }
}

export type SecretRow = Selectable<SecretsTable>;
export type ShownSecretRow = Omit<SecretRow, 'sealed'>;
export type NewSecret = Omit<SecretRow, 'version' | 'last_used_at'>;

const SHOWN = [
  'name',
  'description',
  'key_id',
  'version',
  'allowed_hosts',
  'allowed_params',
  'allowed_integrations',
  'created_by',
  'created_at',
  'updated_by',
  'updated_at',
  'last_used_at',
] as const;

@Injectable()
export class SecretsRepository {
  constructor(private readonly db: Database) {}

  /** In the order of their names. */
  list(page: { limit: number; afterName?: string | undefined }): Promise<ShownSecretRow[]> {
    const query = this.db.selectFrom('secrets').select(SHOWN).orderBy('name').limit(page.limit);
    return (page.afterName === undefined ? query : query.where('name', '>', page.afterName)).execute();
  }

  find(name: string): Promise<ShownSecretRow | undefined> {
    return this.db.selectFrom('secrets').select(SHOWN).where('name', '=', name).executeTakeFirst();
  }

  /** With what is sealed: to be opened now, as it is now. In the work of a workspace there is nothing of the operator's. */
  async sealed(names: readonly string[]): Promise<SecretRow[]> {
    if (currentWorkspace() !== undefined) return [];
    return this.db
      .selectFrom('secrets')
      .selectAll()
      .where('name', 'in', [...names])
      .execute();
  }

  async count(): Promise<number> {
    const { count } = await this.db
      .selectFrom('secrets')
      .select((eb) => eb.fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** A new secret, or another version of the one of that name: whoever made it, and when, stands. */
  put(secret: NewSecret): Promise<ShownSecretRow> {
    return this.db
      .insertInto('secrets')
      .values({ ...secret, version: 1, last_used_at: null })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((eb) => ({
          description: eb.ref('excluded.description'),
          sealed: eb.ref('excluded.sealed'),
          key_id: eb.ref('excluded.key_id'),
          version: eb('secrets.version', '+', 1),
          allowed_hosts: eb.ref('excluded.allowed_hosts'),
          allowed_params: eb.ref('excluded.allowed_params'),
          allowed_integrations: eb.ref('excluded.allowed_integrations'),
          updated_by: eb.ref('excluded.updated_by'),
          updated_at: eb.ref('excluded.updated_at'),
        })),
      )
      .returning(SHOWN)
      .executeTakeFirstOrThrow();
  }

  async delete(name: string): Promise<boolean> {
    const { numDeletedRows } = await this.db
      .deleteFrom('secrets')
      .where('name', '=', name)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  /** Those that another key than this one has sealed. */
  sealedByOthers(keyId: string): Promise<Pick<SecretRow, 'name' | 'sealed' | 'key_id'>[]> {
    return this.db
      .selectFrom('secrets')
      .select(['name', 'sealed', 'key_id'])
      .where('key_id', '<>', keyId)
      .execute();
  }

  /** The same value under another key. Nothing where the secret was set again meanwhile. */
  async reseal(name: string, before: string, after: { sealed: string; key_id: string }): Promise<void> {
    await this.db
      .updateTable('secrets')
      .set(after)
      .where('name', '=', name)
      .where('sealed', '=', before)
      .execute();
  }

  /** Moves last uses forward, never back: another replica may have seen a later one. */
  async recordUses(uses: ReadonlyMap<string, Date>): Promise<void> {
    await sql`
      update clankerbot.secrets as s set last_used_at = u.used_at
      from unnest(${[...uses.keys()]}::text[], ${[...uses.values()]}::timestamptz[]) as u (name, used_at)
      where s.name = u.name and (s.last_used_at is null or s.last_used_at < u.used_at)`.execute(this.db);
  }
}
