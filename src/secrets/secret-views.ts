import { Injectable } from '@nestjs/common';
import { SealingKeys } from '../storage/sealing-keys.js';
import { rulesOf } from './secret-opener.js';
import type { SecretRules } from './secret-rules.js';
import { type SecretUser, SecretUsers } from './secret-users.js';
import type { ShownSecretRow } from './secrets.repository.js';

const SHOWN_USERS = 100;

export interface SecretView extends SecretRules {
  description: string | null;
  version: number;
  canBeOpened: boolean;
  createdAt: Date;
  createdBy: string;
  updatedAt: Date;
  updatedBy: string;
  lastUsedAt: Date | null;
  usedBy: SecretUser[];
  usedByCount: number;
}

/** Secrets as they are shown: everything but their values, and who would miss them. */
@Injectable()
export class SecretViews {
  constructor(
    private readonly keys: SealingKeys,
    private readonly users: SecretUsers,
  ) {}

  /** For one secret or a page of them, as things stand now. */
  async maker(): Promise<(row: ShownSecretRow) => SecretView> {
    const usersOf = await this.users.all();
    return (row) => {
      const users = usersOf(row.name);
      return {
        ...rulesOf(row),
        description: row.description,
        version: row.version,
        canBeOpened: this.keys.all().some(({ id }) => id === row.key_id),
        createdAt: row.created_at,
        createdBy: row.created_by,
        updatedAt: row.updated_at,
        updatedBy: row.updated_by,
        lastUsedAt: row.last_used_at,
        usedBy: users.slice(0, SHOWN_USERS),
        usedByCount: users.length,
      };
    };
  }
}
