import { Injectable } from '@nestjs/common';
import { Batcher } from '../../storage/batcher.js';
import { ScheduleDispatch } from './schedule-dispatch.js';
import { ScheduleMetrics } from './schedule-metrics.js';
import { type RunOutcome, ScheduleRunsRepository } from '../schedule-runs.repository.js';
import { SchedulesRepository } from '../schedules.repository.js';

/** Records how runs ended, many at once, and gives the next run of each schedule its turn in the same transaction. */
@Injectable()
export class ScheduleOutcomes {
  readonly #batcher: Batcher<RunOutcome, null>;

  constructor(
    private readonly schedules: SchedulesRepository,
    private readonly runs: ScheduleRunsRepository,
    private readonly dispatch: ScheduleDispatch,
    private readonly metrics: ScheduleMetrics,
  ) {
    this.#batcher = new Batcher(async (outcomes) => {
      await this.record(outcomes);
      return outcomes.map(() => null);
    });
  }

  async recordOne(outcome: RunOutcome): Promise<void> {
    await this.#batcher.add(outcome);
  }

  async record(outcomes: readonly RunOutcome[]): Promise<void> {
    const flows = await this.dispatch.prepare();
    await this.schedules.transaction(async (transaction) => {
      const runIds = outcomes.map((outcome) => outcome.id);
      // Behind this lock the tick either sees these runs as over, or has committed the run that waits for them.
      await this.schedules.lock(await this.runs.schedulesOf(runIds, transaction), transaction);
      const ids = await this.runs.finish(outcomes, transaction);
      const next = await this.runs.nextInTurn(ids, transaction);
      await this.dispatch.send(next, transaction, flows);
    });
    this.dispatch.told();
    for (const { status } of outcomes) this.metrics.ended(status);
  }
}
