import type { ColumnType, Generated, Selectable } from 'kysely';
import type { TaskState } from './task-state.js';

interface AgentTasksTable {
  id: string;
  repository: string;
  subject: 'issue' | 'pull';
  number: number;
  branch: string;
  state: TaskState;
  /** 0 to 3; the higher goes first. */
  priority: number;
  is_paused: boolean;
  /** Somebody wants it to end; its worker ends it. */
  is_cancelled: boolean;
  actor_id: ColumnType<string, number, never>;
  actor_login: string;
  /** What it works with, as it stood when it was asked for. */
  request: ColumnType<object, string, never>;
  attempts: number;
  max_attempts: number;
  /** The number of the latest claim. What a holder of an earlier one says does not count. */
  claims: number;
  worker: string | null;
  lease_until: Date | null;
  not_before: Date;
  /** Millionths of a dollar. */
  spent_micros: ColumnType<string, number, number>;
  /** Why it ended as it did, as a word. */
  reason: string | null;
  pull_request: number | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
}

/** What somebody did to have the bot work, and what came of it: the same however often, and by whatever way, it is told of. */
interface AgentTaskOccasionsTable {
  key: string;
  task_id: string;
  at: Generated<Date>;
}

interface AgentTaskStepsTable {
  task_id: string;
  number: Generated<string>;
  from_state: TaskState | null;
  to_state: TaskState;
  claims: number;
  note: string | null;
  at: Generated<Date>;
}

interface AgentTaskEffectsTable {
  task_id: string;
  /** What is done, once: `push`, `pull-request`, `progress-comment`. */
  key: string;
  times_begun: Generated<number>;
  result: unknown;
  begun_at: Generated<Date>;
  done_at: Date | null;
}

declare module '../../storage/database.js' {
  interface Tables {
    agent_tasks: AgentTasksTable;
    agent_task_occasions: AgentTaskOccasionsTable;
    agent_task_steps: AgentTaskStepsTable;
    agent_task_effects: AgentTaskEffectsTable;
  }
}

export type TaskRow = Selectable<AgentTasksTable>;
export type TaskStepRow = Selectable<AgentTaskStepsTable>;
export type TaskEffectRow = Selectable<AgentTaskEffectsTable>;
