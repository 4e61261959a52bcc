import { Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { Database } from '../storage/database.js';
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
}

declare module '../storage/database.js' {
  interface Tables {
    api_keys: ApiKeysTable;
  }
}

export type ApiKeyRow = Omit<Selectable<ApiKeysTable>, 'digest'>;
export type LiveKeyRow = Pick<
  Selectable<ApiKeysTable>,
  'id' | 'name' | 'role' | 'digest' | 'expires_at' | 'trust_model'
>;
export type NewApiKey = Pick<
  Selectable<ApiKeysTable>,
  'id' | 'name' | 'role' | 'digest' | 'created_by' | 'created_at' | 'expires_at' | 'trust_model'
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
] as const;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly db: Database) {}

  async insert(key: NewApiKey): Promise<ApiKeyRow> {
    return this.db.insertInto('api_keys').values(key).returning(SHOWN).executeTakeFirstOrThrow();
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
      .select(['id', 'name', 'role', 'digest', 'expires_at', 'trust_model'])
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
