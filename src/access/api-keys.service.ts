import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { type Page, pageById, type PageRequest } from '../paging/page.js';
import type { Scope } from '../observability/request-context.js';
import type { Role } from './access.decorators.js';
import { boundDigestOf, digestOf, newSecret } from './api-key.js';
import { NO_BOUND_ADMIN, ONLY_VIEWERS } from './scope.js';
import {
  ApiKeyNotFoundError,
  ExpiryPassedError,
  KeyMismatchError,
  KeyNameTakenError,
  TooManyKeysError,
} from './api-keys.errors.js';
import { type ApiKeyRow, ApiKeysRepository } from './api-keys.repository.js';
import { KeyRing } from './key-ring.js';
import { ManagedKeys } from './managed-keys.js';

/** All valid keys are held in memory and read again each second, so their number is bounded. */
const MOST_LIVE_KEYS = 1_000;

export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  trustModel: boolean;
  scope: Scope | null;
  payloads: boolean;
  state: 'valid' | 'expired' | 'revoked' | 'shadowed';
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  revokedBy: string | null;
}

/** What is asked for when a key is made. */
export interface WantedKey {
  name: string;
  role: Role;
  expiresAt: Date | null;
  trustModel: boolean;
  scope: Scope | null;
  payloads: boolean;
  createdBy: string;
}

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly repository: ApiKeysRepository,
    private readonly managed: ManagedKeys,
    private readonly ring: KeyRing,
    private readonly clock: Clock,
  ) {}

  /** The only time the secret is seen. */
  async create(key: WantedKey): Promise<ApiKey & { secret: string }> {
    checkFit(key);
    if (this.ring.isConfigured(key.name)) throw new KeyNameTakenError(key.name);
    const now = this.clock.now();
    if (key.expiresAt !== null && key.expiresAt <= now) throw new ExpiryPassedError();
    if ((await this.repository.countLive(now)) >= MOST_LIVE_KEYS) throw new TooManyKeysError(MOST_LIVE_KEYS);
    const secret = newSecret();
    const isBound = key.scope !== null || !key.payloads;
    const row = await this.repository.insert({
      id: newId(),
      name: key.name,
      role: key.role,
      digest: isBound ? boundDigestOf(digestOf(secret)) : digestOf(secret),
      created_by: key.createdBy,
      created_at: now,
      expires_at: key.expiresAt,
      trust_model: key.trustModel,
      scope: key.scope,
      sees_payloads: key.payloads,
    });
    if (!row) throw new KeyNameTakenError(key.name);
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

  #stateOf({ name, revoked_at, expires_at }: ApiKeyRow): ApiKey['state'] {
    if (revoked_at) return 'revoked';
    if (expires_at !== null && expires_at <= this.clock.now()) return 'expired';
    return this.ring.isConfigured(name) ? 'shadowed' : 'valid';
  }

  #show(row: ApiKeyRow): ApiKey {
    return {
      id: row.id,
      name: row.name,
      role: row.role,
      trustModel: row.trust_model,
      scope: row.scope,
      payloads: row.sees_payloads,
      state: this.#stateOf(row),
      createdAt: row.created_at,
      createdBy: row.created_by,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
      revokedAt: row.revoked_at,
      revokedBy: row.revoked_by,
    };
  }
}

/** An admin can make keys, and so could not be held by a scope; who acts has to see what was answered. */
function checkFit({ role, scope, payloads }: WantedKey): void {
  if (role === 'admin' && scope !== null) throw new KeyMismatchError('scope', NO_BOUND_ADMIN);
  if (role !== 'viewer' && !payloads) throw new KeyMismatchError('payloads', ONLY_VIEWERS);
}
