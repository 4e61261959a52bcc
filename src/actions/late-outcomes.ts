import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Metrics } from '../observability/metrics.js';
import { RUN_OUTCOMES } from './action-runner.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import type { KeyHolder, RunRecord } from './run-record.js';

const MOST_LATE = 10_000;
const AT_ONCE = 200;

/**
 * Outcomes that came at a time when they could not simply be written. Promises that what the database could not take is
 * known here until it has, and that what came after somebody else had ended the run is kept beside that end, logged and
 * counted.
 */
@Injectable()
export class LateOutcomes {
  readonly #unwritten = new Map<string, RunRecord>();
  /** To be kept beside the end that somebody else has given them. */
  readonly #unkept = new Map<string, RunRecord>();
  readonly #byKey = new Map<string, RunRecord>();
  readonly #kept: Counter<'outcome'>;

  constructor(
    @Inject(ActionRunsRepository) private readonly repository: ActionRunsRepository,
    metrics: Metrics,
    @InjectPinoLogger('actions') private readonly log: PinoLogger,
  ) {
    this.#kept = metrics.counter(
      'action_late_outcomes_total',
      'Outcomes that came after the run had been taken for cut off and ended by another process.',
      ['outcome'],
    );
    for (const outcome of RUN_OUTCOMES) this.#kept.inc({ outcome }, 0);
  }

  get size(): number {
    return this.#unwritten.size + this.#unkept.size;
  }

  /** Returns false where there is no more room for it. */
  add(run: RunRecord): boolean {
    if (this.#unwritten.size >= MOST_LATE) return false;
    this.#unwritten.set(run.id, run);
    if (run.idempotencyKey !== null) this.#byKey.set(nameOf(run.callerId, run.idempotencyKey), run);
    return true;
  }

  /** How the run with this key has ended, though the database does not know it yet. */
  find(callerId: string, key: string): KeyHolder | undefined {
    const run = this.#byKey.get(nameOf(callerId, key));
    return run && { ...run, endedAgoMs: 0, isOthers: false, hasRunOut: false, leaseUntil: null };
  }

  /** Keeps what a run came to that somebody else had ended. */
  keep(run: RunRecord): void {
    const { id, outcome, integration, operation } = run;
    if (outcome === 'running' || this.#unkept.size >= MOST_LATE) return;
    this.#kept.inc({ outcome });
    this.log.warn(
      { run_id: id, outcome, integration, operation },
      'A run that had been taken for cut off ended after all',
    );
    this.#unkept.set(id, run);
  }

  /** Writes all that is late. */
  async write(save: (runs: readonly RunRecord[]) => Promise<void>): Promise<void> {
    while (this.#unwritten.size > 0) {
      const runs = [...this.#unwritten.values()].slice(0, AT_ONCE);
      await save(runs);
      for (const run of runs) this.#forget(run);
    }
    for (const run of this.#unkept.values()) {
      await this.repository.keepLate(run);
      this.#unkept.delete(run.id);
    }
  }

  #forget({ id, callerId, idempotencyKey }: RunRecord): void {
    this.#unwritten.delete(id);
    if (idempotencyKey !== null) this.#byKey.delete(nameOf(callerId, idempotencyKey));
  }
}

function nameOf(callerId: string, key: string): string {
  return `${callerId} ${key}`;
}
