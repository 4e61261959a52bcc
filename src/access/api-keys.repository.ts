import { Injectable } from '@nestjs/common';
import { type Generated, type JSONColumnType, type Kysely, type Selectable, sql } from 'kysely';
import type { Scope } from '../observability/request-context.js';
import { Database, type Tables } from '../storage/database.js';
import type { Role } from './access.decorators.js';

interface ApiKeysTable {
  id: string;
  name: string;
  role: Role;
  digest: Buffer;
  created_by: string;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
  revoked_by: string | null;
  trust_model: boolean;
  scope: JSONColumnType<Scope | null, string | null, string | null>;
  sees_payloads: Generated<boolean>;
}

declare module '../storage/database.js' {
  interface Tables {
    api_keys: ApiKeysTable;
    /** A row for each name, which is held while a key of that name is made. */
    api_key_names: { name: string };
  }
}

export type ApiKeyRow = Omit<Selectable<ApiKeysTable>, 'digest'>;
export type LiveKeyRow = Pick<
  Selectable<ApiKeysTable>,
  'id' | 'name' | 'role' | 'digest' | 'expires_at' | 'trust_model' | 'scope' | 'sees_payloads'
>;
export type NewApiKey = Pick<
  Selectable<ApiKeysTable>,
  | 'id'
  | 'name'
  | 'role'
  | 'digest'
  | 'created_by'
  | 'created_at'
  | 'expires_at'
  | 'trust_model'
  | 'scope'
  | 'sees_payloads'
>;

const SHOWN = [
  'id',
  'name',
  'role',
  'created_by',
  'created_at',
  'expires_at',
  'last_used_at',
  'revoked_at',
  'revoked_by',
  'trust_model',
  'scope',
  'sees_payloads',
] as const;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly db: Database) {}

  /** Undefined where another valid key has the name, on whichever replica it is made at this moment. */
  async insert({ scope, ...key }: NewApiKey): Promise<ApiKeyRow | undefined> {
    const row = { ...key, scope: scope === null ? null : JSON.stringify(scope) };
    return this.db.transaction().execute(async (transaction) => {
      await holdName(key.name, transaction);
      if (await isTaken(key.name, key.created_at, transaction)) return undefined;
      return transaction.insertInto('api_keys').values(row).returning(SHOWN).executeTakeFirstOrThrow();
    });
  }

  /** Newest first. */
  async list(page: { limit: number; beforeId?: string | undefined }): Promise<ApiKeyRow[]> {
    const query = this.db.selectFrom('api_keys').select(SHOWN).orderBy('id', 'desc').limit(page.limit);
    return (page.beforeId === undefined ? query : query.where('id', '<', page.beforeId)).execute();
  }

  async find(id: string): Promise<ApiKeyRow | undefined> {
    return this.db.selectFrom('api_keys').select(SHOWN).where('id', '=', id).executeTakeFirst();
  }

  /** Revoking again changes nothing: who was first, and when, stands. */
  async revoke(id: string, by: { at: Date; name: string }): Promise<ApiKeyRow | undefined> {
    return this.db
      .updateTable('api_keys')
      .set((eb) => ({
        revoked_at: eb.fn.coalesce('revoked_at', eb.val(by.at)),
        revoked_by: eb.fn.coalesce('revoked_by', eb.val(by.name)),
      }))
      .where('id', '=', id)
      .returning(SHOWN)
      .executeTakeFirst();
  }

  async countLive(now: Date): Promise<number> {
    const { count } = await this.db
      .selectFrom('api_keys')
      .select((eb) => eb.fn.countAll().as('count'))
      .where('revoked_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** Keys that are neither revoked nor expired. */
  async live(now: Date): Promise<LiveKeyRow[]> {
    return this.db
      .selectFrom('api_keys')
      .select(['id', 'name', 'role', 'digest', 'expires_at', 'trust_model', 'scope', 'sees_payloads'])
      .where('revoked_at', 'is', null)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
      .execute();
  }

  /** Moves last uses forward, never back: another replica may have seen a later one. */
  async recordUses(uses: ReadonlyMap<string, Date>): Promise<void> {
    await sql`
      update clankerbot.api_keys as k set last_used_at = u.used_at
      from unnest(${[...uses.keys()]}::text[], ${[...uses.values()]}::timestamptz[]) as u (id, used_at)
      where k.id = u.id and (k.last_used_at is null or k.last_used_at < u.used_at)`.execute(this.db);
  }
}

/** Until the end of the transaction. Whoever makes another one waits here, and sees it in its next statement. */
async function holdName(name: string, transaction: Kysely<Tables>): Promise<void> {
  await transaction
    .insertInto('api_key_names')
    .values({ name })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ name }))
    .execute();
}

async function isTaken(name: string, now: Date, transaction: Kysely<Tables>): Promise<boolean> {
  const row = await transaction
    .selectFrom('api_keys')
    .select('id')
    .where('name', '=', name)
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirst();
  return row !== undefined;
}
