import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import { newId } from '../../clock/new-id.js';
import { Database, type Tables } from '../../storage/database.js';
import { branchOf, type NewTask, taskKey } from './new-task.js';
import { HELD_STATES, statesBefore, type TaskState } from './task-state.js';
import type { TaskRow } from './tasks.tables.js';

/** Which claim of a task somebody acts under. */
export interface TaskClaim {
  id: string;
  claims: number;
}

export interface TaskLimits {
  /** `MAX_CONCURRENT_TASKS`, of all workers together. */
  concurrent: number;
  /** `RATE_LIMIT_PER_HOUR`: tasks of one person that are begun within an hour. The next one waits. */
  perActorAndHour: number;
}

export interface TaskMove {
  to: TaskState;
  note?: string;
  reason?: string;
  pullRequest?: number;
  /** Back in line as if it had not been begun: its worker is being stopped. */
  isHandBack?: boolean;
  /** Of a task that goes back in line: how long it waits at least. */
  delaySeconds?: number;
}

/** What a worker is told when it says that it is still there. */
export interface Held {
  isCancelled: boolean;
  isPaused: boolean;
}

/** A worker that is killed is known to be lost after this; it says that it is there three times as often. */
export const TASK_LEASE_SECONDS = 30;
const LEASE = sql.raw(`interval '${TASK_LEASE_SECONDS} seconds'`);
/** An issue that has a task in one of these has no other. */
const IN_WORK: readonly TaskState[] = ['needs_approval', 'queued', ...HELD_STATES];
/** Claims are made one at a time, so that the limits hold over all workers. */
const CLAIMING = 8_473_180;

/**
 * The tasks in line. Promises that one occasion makes one task however often it is told of; that a task is in the hands
 * of one worker at a time, and one branch of a repository, too; that what a worker says that has lost its claim does not
 * count; and that the task of a worker that is lost goes on with another.
 */
@Injectable()
export class TaskQueue {
  /** Who this process is to the others. */
  readonly worker = newId();

  constructor(private readonly db: Database) {}

  /**
   * With a transaction, as part of it. Returns the task of this occasion, new or known. An issue has one task at a time: what is asked
   * of it meanwhile is asked of that one. Of a pull request each waits for its turn.
   */
  enqueue(task: NewTask, transaction?: Transaction<Tables>): Promise<{ id: string; isNew: boolean }> {
    if (transaction) return this.#enqueue(task, transaction);
    return this.db.transaction().execute((own) => this.#enqueue(task, own));
  }

  async #enqueue(task: NewTask, transaction: Transaction<Tables>): Promise<{ id: string; isNew: boolean }> {
    const id = newId();
    const key = taskKey(task);
    const recorded = await sql`
      insert into clankerbot.agent_task_occasions (key, task_id) values (${key}, ${id})
      on conflict (key) do nothing returning key`.execute(transaction);
    if (recorded.rows.length === 0) return { id: await this.#taskOf(key, transaction), isNew: false };
    if (await this.#insert(id, task, transaction)) return { id, isNew: true };
    const { rows } = await sql<{ task_id: string }>`
      update clankerbot.agent_task_occasions set task_id = task.id from clankerbot.agent_tasks task
      where key = ${key} and task.subject = 'issue' and task.repository = ${task.repository}
        and task.number = ${task.number} and task.state = any(${IN_WORK}::text[])
      returning task_id`.execute(transaction);
    const [known] = rows;
    if (known) return { id: known.task_id, isNew: false };
    // That one has ended in this very moment.
    await sql`delete from clankerbot.agent_task_occasions where key = ${key}`.execute(transaction);
    return this.#enqueue(task, transaction);
  }

  async #taskOf(key: string, transaction: Transaction<Tables>): Promise<string> {
    const { rows } = await sql<{ task_id: string }>`
      select task_id from clankerbot.agent_task_occasions where key = ${key}`.execute(transaction);
    return rows[0]?.task_id ?? '';
  }

  async #insert(id: string, task: NewTask, transaction: Transaction<Tables>): Promise<boolean> {
    const { rows } = await sql`
      with made as (
        insert into clankerbot.agent_tasks
          (id, repository, subject, number, branch, state, priority, actor_id, actor_login, request, not_before, created_at)
        values (${id}, ${task.repository}, ${task.subject}, ${task.number}, ${branchOf(task)},
          ${task.needsApproval === true ? 'needs_approval' : 'queued'}, ${task.priority ?? 1}, ${task.actor.id},
          ${task.actor.login}, ${JSON.stringify(task.request)}::jsonb, now(), clock_timestamp())
        on conflict do nothing returning id, state
      ), told as (
        insert into clankerbot.agent_task_steps (task_id, to_state, claims) select id, state, 0 from made
      )
      select id from made`.execute(transaction);
    return rows.length > 0;
  }

  /** The task that came of this occasion; undefined where it was not told of yet. */
  async known(key: string): Promise<string | undefined> {
    const { rows } = await sql<{ task_id: string }>`
      select task_id from clankerbot.agent_task_occasions where key = ${key}`.execute(this.db);
    return rows[0]?.task_id;
  }

  /** The first in line that may begin now; undefined where none may. */
  claim(limits: TaskLimits): Promise<TaskRow | undefined> {
    return this.db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(${CLAIMING})`.execute(transaction);
      const { rows } = await sql<TaskRow>`
        with first as (
          select task.id from clankerbot.agent_tasks task
          where task.state = 'queued' and not task.is_paused and task.not_before <= now()
            and (select count(*) from clankerbot.agent_tasks held where held.worker is not null) < ${limits.concurrent}
            and not exists (select 1 from clankerbot.agent_tasks held where held.worker is not null
              and held.repository = task.repository and held.branch = task.branch)
            and (select count(*) from clankerbot.agent_tasks begun where begun.actor_id = task.actor_id
              and begun.started_at > now() - interval '1 hour' and begun.id <> task.id) < ${limits.perActorAndHour}
          order by task.priority desc, task.created_at, task.id limit 1 for update
        ), told as (
          insert into clankerbot.agent_task_steps (task_id, from_state, to_state, claims)
          select task.id, 'queued', 'claimed', task.claims + 1 from clankerbot.agent_tasks task join first using (id)
        )
        update clankerbot.agent_tasks task set state = 'claimed', worker = ${this.worker}, lease_until = now() + ${LEASE},
          claims = task.claims + 1, attempts = task.attempts + 1, started_at = coalesce(task.started_at, now())
        from first where task.id = first.id returning task.*`.execute(transaction);
      return rows[0];
    });
  }

  /** Says that the worker is still there; undefined where the task is not this worker's any more. */
  async renew({ id, claims }: TaskClaim): Promise<Held | undefined> {
    const { rows } = await sql<{ is_cancelled: boolean; is_paused: boolean }>`
      update clankerbot.agent_tasks set lease_until = now() + ${LEASE}
      where id = ${id} and claims = ${claims} and worker is not null
      returning is_cancelled, is_paused`.execute(this.db);
    const held = rows[0];
    return held && { isCancelled: held.is_cancelled, isPaused: held.is_paused };
  }

  /** Whether it is so from now on: not where the task is not this worker's any more, or does not become that from what it is. */
  async move(
    { id, claims }: TaskClaim,
    { to, note, reason, pullRequest, delaySeconds, isHandBack = false }: TaskMove,
  ): Promise<boolean> {
    const isHeld = HELD_STATES.includes(to);
    const isInLine = to === 'queued';
    const isOver = !isHeld && !isInLine && to !== 'open';
    const { rows } = await sql<{ id: string }>`
      with before as (
        select id, state from clankerbot.agent_tasks
        where id = ${id} and claims = ${claims} and worker is not null and state = any(${statesBefore(to)}::text[])
          and (not is_cancelled or not ${isHeld}) for update
      ), told as (
        insert into clankerbot.agent_task_steps (task_id, from_state, to_state, claims, note)
        select id, state, ${to}, ${claims}, ${note ?? null} from before
      )
      update clankerbot.agent_tasks task set state = ${to},
        worker = case when ${isHeld} then worker end, lease_until = case when ${isHeld} then lease_until end,
        reason = coalesce(${reason ?? null}, reason), pull_request = coalesce(${pullRequest ?? null}, pull_request),
        attempts = attempts - case when ${isHandBack} then 1 else 0 end,
        not_before = now() + make_interval(secs => ${delaySeconds ?? 0}::float8),
        ended_at = case when ${isOver} then now() end
      from before where task.id = before.id returning task.id`.execute(this.db);
    return rows.length > 0;
  }

  /** Counts what a turn cost, also where the task has been lost meanwhile: the money is spent. Returns all that it has cost. */
  async spend({ id }: TaskClaim, micros: number): Promise<number> {
    const { rows } = await sql<{ spent: string }>`
      update clankerbot.agent_tasks set spent_micros = spent_micros + ${micros}
      where id = ${id} returning spent_micros::text as spent`.execute(this.db);
    return Number(rows[0]?.spent ?? 0);
  }

  /** Puts back in line what lost workers had; ends what has been tried too often or was to be cancelled. Returns how many. */
  async recoverLost(): Promise<number> {
    const { rows } = await sql<{ id: string }>`
      with lost as (
        select id, state, claims,
          case when is_cancelled then 'cancelled' when attempts >= max_attempts then 'failed' else 'queued' end as next
        from clankerbot.agent_tasks where worker is not null and lease_until < now() for update skip locked
      ), told as (
        insert into clankerbot.agent_task_steps (task_id, from_state, to_state, claims, note)
        select id, state, next, claims, 'its worker was lost' from lost
      )
      update clankerbot.agent_tasks task set state = lost.next, worker = null, lease_until = null,
        reason = case when lost.next = 'failed' then 'worker_lost' else task.reason end,
        ended_at = case when lost.next = 'queued' then null else now() end
      from lost where task.id = lost.id returning task.id`.execute(this.db);
    return rows.length;
  }
}
