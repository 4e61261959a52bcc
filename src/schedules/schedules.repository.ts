import { Injectable } from '@nestjs/common';
import { type Insertable, type Selectable, sql, type Transaction } from 'kysely';
import type { Reach } from '../access/reach.js';
import { jsonText } from '../storage/json-text.js';
import { Database, type Tables } from '../storage/database.js';
import { seesTarget } from './schedule-scope.js';
import './schedules.tables.js';

export type ScheduleRow = Selectable<Tables['schedules']>;
export type NewSchedule = Insertable<Tables['schedules']>;

/** Where a schedule stands after it has fired. */
export interface Advance {
  id: string;
  next_due_at: Date | null;
  next_fire_at: Date | null;
  last_due_at: Date | null;
}

/** The schedules themselves. */
@Injectable()
export class SchedulesRepository {
  constructor(private readonly db: Database) {}

  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(work);
  }

  async insert(schedule: NewSchedule, transaction?: Transaction<Tables>): Promise<ScheduleRow> {
    return (transaction ?? this.db)
      .insertInto('schedules')
      .values(schedule)
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** As far as the caller gets to see it. */
  async find(id: string, reach: Reach): Promise<ScheduleRow | undefined> {
    return this.#seen(reach).where('id', '=', id).executeTakeFirst();
  }

  async findForFlow(flowId: string, transaction: Transaction<Tables>): Promise<ScheduleRow | undefined> {
    return transaction
      .selectFrom('schedules')
      .selectAll()
      .where('flow_id', '=', flowId)
      .forUpdate()
      .executeTakeFirst();
  }

  /** Newest first. */
  async list(page: {
    reach: Reach;
    limit: number;
    beforeId?: string | undefined;
    paused?: boolean | undefined;
  }): Promise<ScheduleRow[]> {
    let query = this.#seen(page.reach).orderBy('id', 'desc').limit(page.limit);
    if (page.beforeId !== undefined) query = query.where('id', '<', page.beforeId);
    if (page.paused !== undefined) query = query.where('is_paused', '=', page.paused);
    return query.execute();
  }

  /** Those whose targets name secrets. */
  async withSecrets(limit: number): Promise<Pick<ScheduleRow, 'id' | 'name' | 'target'>[]> {
    return this.db
      .selectFrom('schedules')
      .select(['id', 'name', 'target'])
      .where(sql<boolean>`target -> 'secretsIn' is not null`)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  #seen(reach: Reach) {
    const query = this.db.selectFrom('schedules').selectAll();
    return reach.anyBound === undefined ? query : query.where(seesTarget(reach, sql`schedules.target`));
  }

  async update(
    id: string,
    changes: Partial<NewSchedule>,
    transaction?: Transaction<Tables>,
  ): Promise<ScheduleRow | undefined> {
    return (transaction ?? this.db)
      .updateTable('schedules')
      .set(changes)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
  }

  /** With its runs, which are locked in the order of their ids as everywhere else. */
  async delete(id: string, transaction: Transaction<Tables>): Promise<void> {
    await this.lock([id], transaction);
    await transaction
      .selectFrom('schedule_runs')
      .select('id')
      .where('schedule_id', '=', id)
      .orderBy('id')
      .forUpdate()
      .execute();
    await transaction.deleteFrom('schedules').where('id', '=', id).execute();
  }

  /** When the next schedule fires, or should have; a look that locks nothing. */
  async nextFire(): Promise<Date | null> {
    const row = await this.db
      .selectFrom('schedules')
      .select('next_fire_at')
      .where('next_fire_at', 'is not', null)
      .orderBy('next_fire_at')
      .limit(1)
      .executeTakeFirst();
    return row?.next_fire_at ?? null;
  }

  /** How long the schedule that is due the longest has waited to fire. */
  async overdueSeconds(now: Date): Promise<number> {
    const row = await this.db
      .selectFrom('schedules')
      .select('next_fire_at')
      .where('next_fire_at', '<=', now)
      .orderBy('next_fire_at')
      .limit(1)
      .executeTakeFirst();
    return row?.next_fire_at ? (now.getTime() - row.next_fire_at.getTime()) / 1000 : 0;
  }

  /** Schedules that fire now, longest due first, for this transaction alone: other replicas pass them by. */
  async claimDue(now: Date, limit: number, transaction: Transaction<Tables>): Promise<ScheduleRow[]> {
    return transaction
      .selectFrom('schedules')
      .selectAll()
      .where('next_fire_at', '<=', now)
      .orderBy('next_fire_at')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
  }

  /** Schedules whose next time was worked out at a time that is still to come, for this transaction alone. */
  async claimPlannedAfter(
    now: Date,
    limit: number,
    transaction: Transaction<Tables>,
  ): Promise<ScheduleRow[]> {
    return transaction
      .selectFrom('schedules')
      .selectAll()
      .where('planned_at', '>', now)
      .where('next_due_at', 'is not', null)
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
  }

  async advance(rows: readonly Advance[], now: Date, transaction: Transaction<Tables>): Promise<void> {
    if (rows.length === 0) return;
    await sql`
      update clankerbot.schedules s set
        next_due_at = a.next_due_at, next_fire_at = a.next_fire_at, last_due_at = coalesce(a.last_due_at, s.last_due_at),
        planned_at = ${now}
      from json_to_recordset(${jsonText(rows)}::json)
        as a (id text, next_due_at timestamptz, next_fire_at timestamptz, last_due_at timestamptz)
      where s.id = a.id`.execute(transaction);
  }

  /**
   * Whoever wants to change whose turn it is waits here, before it touches a run: a deletion has the schedule first and its
   * runs after it. Returns the schedules that are still there.
   */
  async lock(ids: readonly string[], transaction: Transaction<Tables>): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await transaction
      .selectFrom('schedules')
      .select('id')
      .where('id', 'in', ids)
      .orderBy('id')
      .forUpdate()
      .execute();
    return rows.map((row) => row.id);
  }
}
