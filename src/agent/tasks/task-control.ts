import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import { Database } from '../../storage/database.js';
import { TaskStateError, UnknownTaskError } from './tasks.errors.js';
import { RETRIABLE_STATES, type TaskState, WAITING_STATES } from './task-state.js';
import type { TaskRow } from './tasks.tables.js';

/** What people do to tasks, whoever works on them: the worker hears of it when it next says that it is there. */
@Injectable()
export class TaskControl {
  constructor(private readonly db: Database) {}

  pause(id: string): Promise<void> {
    return this.#set(id, sql`is_paused = true`);
  }

  resume(id: string): Promise<void> {
    return this.#set(id, sql`is_paused = false`);
  }

  prioritise(id: string, priority: number): Promise<void> {
    return this.#set(id, sql`priority = ${priority}`);
  }

  approve(id: string): Promise<void> {
    return this.#become(id, 'queued', { from: ['needs_approval'], set: sql`not_before = now()` });
  }

  /** At once where nobody works on it; else its worker ends it. */
  async cancel(id: string): Promise<void> {
    const asked = await sql`
      update clankerbot.agent_tasks set is_cancelled = true where id = ${id} and worker is not null returning id`.execute(
      this.db,
    );
    if (asked.rows.length > 0) return;
    await this.#become(id, 'cancelled', { from: WAITING_STATES, set: sql`ended_at = now(), worker = null` });
  }

  /** With new tries, and with what it has done outside still known. */
  retry(id: string): Promise<void> {
    const set = sql`attempts = 0, is_cancelled = false, is_paused = false, reason = null, ended_at = null,
      started_at = null, not_before = now()`;
    return this.#become(id, 'queued', { from: RETRIABLE_STATES, set });
  }

  /** Of a pull request that was merged or closed. */
  async done(id: string): Promise<void> {
    await this.#become(id, 'done', { from: ['open'], set: sql`ended_at = now()` });
  }

  async #set(id: string, set: RawBuilder<unknown>): Promise<void> {
    const { rows } =
      await sql`update clankerbot.agent_tasks set ${set} where id = ${id} returning id`.execute(this.db);
    if (rows.length === 0) throw new UnknownTaskError(id);
  }

  async #become(
    id: string,
    to: TaskState,
    { from, set }: { from: readonly TaskState[]; set: RawBuilder<unknown> },
  ): Promise<void> {
    const { rows } = await sql`
      with before as (
        select id, state, claims, subject, repository, number from clankerbot.agent_tasks
        where id = ${id} and state = any(${from}::text[]) for update
      ), allowed as (
        select * from before where subject = 'pull' or not exists (
          select 1 from clankerbot.agent_tasks other where ${to} = 'queued' and other.repository = before.repository
            and other.subject = 'issue' and other.number = before.number and other.id <> before.id
            and other.state in ('needs_approval', 'queued', 'claimed', 'preparing', 'running', 'verifying', 'pushed'))
      ), told as (
        insert into clankerbot.agent_task_steps (task_id, from_state, to_state, claims, note)
        select id, state, ${to}, claims, 'by request' from allowed
      )
      update clankerbot.agent_tasks task set state = ${to}, ${set}
      from allowed where task.id = allowed.id returning task.id`.execute(this.db);
    if (rows.length === 0) await this.#refuse(id, to);
  }

  async #refuse(id: string, to: TaskState): Promise<never> {
    const { rows } = await sql<TaskRow>`select * from clankerbot.agent_tasks where id = ${id}`.execute(
      this.db,
    );
    const task = rows[0];
    if (!task) throw new UnknownTaskError(id);
    throw new TaskStateError(task.state, to);
  }
}
