import { Injectable } from '@nestjs/common';
import { Database } from '../storage/database.js';

interface ActionConfirmationsTable {
  token_hash: string;
  caller_id: string;
  action: string;
  created_at: Date;
  expires_at: Date;
}

declare module '../storage/database.js' {
  interface Tables {
    action_confirmations: ActionConfirmationsTable;
  }
}

@Injectable()
export class ConfirmationsRepository {
  constructor(private readonly db: Database) {}

  async insert(row: ActionConfirmationsTable): Promise<void> {
    await this.db.insertInto('action_confirmations').values(row).execute();
  }

  /** Takes a row out for whoever it was made for. Of all that try, on whichever replica, one gets it. */
  async take(tokenHash: string, callerId: string, now: Date): Promise<string | undefined> {
    const row = await this.db
      .deleteFrom('action_confirmations')
      .where('token_hash', '=', tokenHash)
      .where('caller_id', '=', callerId)
      .where('expires_at', '>', now)
      .returning('action')
      .executeTakeFirst();
    return row?.action;
  }

  async removeExpired(now: Date): Promise<void> {
    await this.db.deleteFrom('action_confirmations').where('expires_at', '<=', now).execute();
  }
}
