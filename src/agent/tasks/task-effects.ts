import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../storage/database.js';
import type { TaskClaim } from './task-queue.js';

/** Whether something outside has been done already, was begun and nobody knows how it ended, or is to be done now. */
export type EffectBegin =
  { is: 'done'; result: unknown } | { is: 'unsure' } | { is: 'first' } | { is: 'not_ours' };

/**
 * What a task does outside, each once: begun before it is done, done with its result when that is known. Promises that
 * nobody is told to do it for the first time twice, so that whoever goes on looks first whether it is there.
 */
@Injectable()
export class TaskEffects {
  constructor(private readonly db: Database) {}

  async begin({ id, claims }: TaskClaim, key: string): Promise<EffectBegin> {
    const { rows } = await sql<{ times: number; is_done: boolean; result: unknown }>`
      insert into clankerbot.agent_task_effects as effect (task_id, key)
      select id, ${key} from clankerbot.agent_tasks
        where id = ${id} and claims = ${claims} and worker is not null for update
      on conflict (task_id, key) do update set times_begun = effect.times_begun + 1
      returning times_begun as times, done_at is not null as is_done, result`.execute(this.db);
    const effect = rows[0];
    if (!effect) return { is: 'not_ours' };
    if (effect.is_done) return { is: 'done', result: effect.result };
    return { is: effect.times === 1 ? 'first' : 'unsure' };
  }

  /** Also where the task has been lost meanwhile: it is done, whoever did it. The first result stays. */
  async finish({ id }: TaskClaim, key: string, result: unknown): Promise<void> {
    await sql`
      update clankerbot.agent_task_effects set result = ${JSON.stringify(result)}::jsonb, done_at = now()
      where task_id = ${id} and key = ${key} and done_at is null`.execute(this.db);
  }

  /** It certainly was not done. The next begin is the first again. */
  async undo({ id, claims }: TaskClaim, key: string): Promise<void> {
    await sql`
      delete from clankerbot.agent_task_effects effect using clankerbot.agent_tasks task
      where task.id = effect.task_id and task.id = ${id} and task.claims = ${claims} and effect.key = ${key}
        and effect.done_at is null`.execute(this.db);
  }
}
