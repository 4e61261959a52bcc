import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { jsonText } from '../flows/json-text.js';
import { Database, type Tables } from '../storage/database.js';
import type { Answer } from './schedules.tables.js';

export interface KeptAnswer {
  fingerprint: string;
  answer: Answer;
}

/** The first answers to requests with an Idempotency-Key. */
@Injectable()
export class ScheduleAnswersRepository {
  constructor(private readonly db: Database) {}

  async find(key: string, since: Date): Promise<KeptAnswer | undefined> {
    const row = await this.db
      .selectFrom('schedule_answers')
      .select(['fingerprint', 'answer'])
      .where('key', '=', key)
      .where('created_at', '>=', since)
      .executeTakeFirst();
    return row?.answer ? { fingerprint: row.fingerprint, answer: row.answer } : undefined;
  }

  /** Whether the key is this transaction's. Waits for another one that has it and is not over. */
  async claim(
    request: { key: string; fingerprint: string; now: Date; since: Date },
    transaction: Transaction<Tables>,
  ): Promise<boolean> {
    const { key, fingerprint, now, since } = request;
    const row = await transaction
      .insertInto('schedule_answers')
      .values({ key, fingerprint, created_at: now })
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({ fingerprint, created_at: now })
          .where('schedule_answers.created_at', '<', since),
      )
      .returning('key')
      .executeTakeFirst();
    return row !== undefined;
  }

  async keep(key: string, answer: Answer, transaction: Transaction<Tables>): Promise<void> {
    await transaction
      .updateTable('schedule_answers')
      .set({ answer: jsonText(answer) })
      .where('key', '=', key)
      .execute();
  }

  async deleteOld(before: Date, limit: number): Promise<number> {
    const result = await this.db
      .deleteFrom('schedule_answers')
      .where('key', 'in', (eb) =>
        eb
          .selectFrom('schedule_answers')
          .select('key')
          .where('created_at', '<', before)
          .orderBy('created_at')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
