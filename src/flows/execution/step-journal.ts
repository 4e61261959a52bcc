import type { StepRow } from '../runs/flow-runs.repository.js';
import type { EffectEntry } from './flow-news.js';

/** The record of one run's steps. */
export interface StepJournal {
  find(path: string): StepRow | undefined;
  /** Records what may be worked out again if it is lost: it travels with the next `save` or the end of the run. */
  note(step: StepRow): void;
  /** Promises that the step, and all that was noted before it, is committed; throws RunCancelled or LeaseLost. */
  save(step: StepRow, effects?: readonly EffectEntry[]): Promise<void>;
}

/** What is to be written of a run. */
export interface StepNews {
  steps: readonly StepRow[];
  effects: readonly EffectEntry[];
}

/** What was read when the run was claimed, and what has happened since and is not yet written. */
export class PendingSteps {
  readonly #rows: Map<string, StepRow>;
  #pending = new Map<string, StepRow>();
  #effects: EffectEntry[] = [];

  constructor(earlier: readonly StepRow[] = []) {
    this.#rows = new Map(earlier.map((row) => [row.path, row]));
  }

  find(path: string): StepRow | undefined {
    return this.#rows.get(path);
  }

  note(step: StepRow, effects: readonly EffectEntry[] = []): void {
    this.#rows.set(step.path, step);
    this.#pending.set(step.path, step);
    this.#effects.push(...effects);
  }

  take(): StepNews {
    const taken = { steps: [...this.#pending.values()], effects: this.#effects };
    this.#pending = new Map();
    this.#effects = [];
    return taken;
  }

  /** What was taken and could not be written; what was noted since is newer. */
  putBack({ steps, effects }: StepNews): void {
    this.#pending = new Map([...steps.map((row) => [row.path, row] as const), ...this.#pending]);
    this.#effects = [...effects, ...this.#effects];
  }

  all(): StepRow[] {
    return [...this.#rows.values()].sort((a, b) => a.position - b.position);
  }
}
