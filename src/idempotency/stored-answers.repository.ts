import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Database, type Tables } from '../storage/database.js';
import type { Answer } from './stored-answers.tables.js';

export interface KeptAnswer {
  fingerprint: string;
  answer: Answer;
}

/** The first answers to requests with an Idempotency-Key. */
@Injectable()
export class StoredAnswersRepository {
  constructor(private readonly db: Database) {}

  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(work);
  }

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
          .doUpdateSet({ fingerprint, created_at: now, answer: null })
          .where('schedule_answers.created_at', '<', since),
      )
      .returning('key')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** What is kept under the key. Whoever asks next waits until this transaction is over. */
  async lock(key: string, transaction: Transaction<Tables>): Promise<KeptAnswer | undefined> {
    const row = await transaction
      .selectFrom('schedule_answers')
      .select(['fingerprint', 'answer'])
      .where('key', '=', key)
      .forUpdate()
      .executeTakeFirst();
    return row?.answer ? { fingerprint: row.fingerprint, answer: row.answer } : undefined;
  }

  async keep(key: string, answer: object, transaction: Transaction<Tables>): Promise<void> {
    await transaction
      .updateTable('schedule_answers')
      .set({ answer: JSON.stringify(answer) })
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
