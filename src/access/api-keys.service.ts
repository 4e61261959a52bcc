import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { type Page, pageById, type PageRequest } from '../paging/page.js';
import type { Role } from './access.decorators.js';
import { digestOf, newSecret } from './api-key.js';
import { ApiKeyNotFoundError, ExpiryPassedError, TooManyKeysError } from './api-keys.errors.js';
import { type ApiKeyRow, ApiKeysRepository } from './api-keys.repository.js';
import { ManagedKeys } from './managed-keys.js';

/** All valid keys are held in memory and read again each second, so their number is bounded. */
const MOST_LIVE_KEYS = 1_000;

export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  trustModel: boolean;
  state: 'valid' | 'expired' | 'revoked';
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  revokedBy: string | null;
}

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly managed: ManagedKeys,
    private readonly clock: Clock,
  ) {}

  /** The only time the secret is seen. */
  async create(key: {
    name: string;
    role: Role;
    expiresAt: Date | null;
    trustModel: boolean;
    createdBy: string;
  }): Promise<ApiKey & { secret: string }> {
    const now = this.clock.now();
    if (key.expiresAt !== null && key.expiresAt <= now) throw new ExpiryPassedError();
    if ((await this.repository.countLive(now)) >= MOST_LIVE_KEYS) throw new TooManyKeysError(MOST_LIVE_KEYS);
    const secret = newSecret();
    const row = await this.repository.insert({
      id: newId(),
      name: key.name,
      role: key.role,
      digest: digestOf(secret),
      created_by: key.createdBy,
      created_at: now,
      expires_at: key.expiresAt,
      trust_model: key.trustModel,
    });
    this.managed.forget();
    return { ...this.#show(row), secret };
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<ApiKey>> {
    const rows = await this.repository.list({ limit: limit + 1, beforeId: cursor });
    return pageById(rows, { limit, view: (row) => this.#show(row) });
  }

  async get(id: string): Promise<ApiKey> {
    const row = await this.repository.find(id);
    if (!row) throw new ApiKeyNotFoundError(id);
    return this.#show(row);
  }

  async revoke(id: string, revokedBy: string): Promise<ApiKey> {
    const row = await this.repository.revoke(id, { at: this.clock.now(), name: revokedBy });
    this.managed.forget();
    if (!row) throw new ApiKeyNotFoundError(id);
    return this.#show(row);
  }

  #show(row: ApiKeyRow): ApiKey {
    const isExpired = row.expires_at !== null && row.expires_at <= this.clock.now();
    return {
      id: row.id,
      name: row.name,
      role: row.role,
      trustModel: row.trust_model,
      state: row.revoked_at ? 'revoked' : isExpired ? 'expired' : 'valid',
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
      revokedAt: row.revoked_at,
      revokedBy: row.revoked_by,
    };
  }
}
