import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { BackgroundTasks } from '../queue/background-tasks.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import { Confirmations } from './confirmations.js';
import { type ActionsConfig, actionsConfig } from './actions.config.js';
import { CutOffRuns } from './cut-off-runs.js';
import { FoundCreations } from './found-creations.js';
import { firstIdAt } from './run-history.repository.js';

const DAY_MS = 86_400_000;
const ROWS_AT_ONCE = 1_000;
/** Somebody may wait for these. */
const END_ORPHANS_EVERY_MS = 15_000;
/** Nobody waits for what is only in the way; a key that is over is given back to whoever asks for it. */
const SWEEP_EVERY_MS = 600_000;

/** What the journal does not keep: runs past their days, keys past their hours, and runs that nobody will ever end. */
@Injectable()
export class JournalRetention implements OnModuleInit {
  #sweptMs = -Infinity;

  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly repository: ActionRunsRepository,
    private readonly cutOff: CutOffRuns,
    private readonly confirmations: Confirmations,
    private readonly found: FoundCreations,
    private readonly clock: Clock,
    @Inject(actionsConfig.token) private readonly config: ActionsConfig,
    @InjectPinoLogger('actions') private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.tasks.add({ name: 'action-journal', everyMs: END_ORPHANS_EVERY_MS, run: () => this.#work() });
  }

  async sweep(): Promise<void> {
    await this.endOrphans();
    await this.repository.releaseKeys(this.clock.now());
    await this.confirmations.removeExpired();
    await this.found.removeOld();
    await this.#removeOld();
  }

  async endOrphans(): Promise<void> {
    const ended = await this.cutOff.endAll();
    if (ended.length > 0) this.log.warn({ run_ids: ended }, 'Runs of a stopped process were ended');
  }

  async #work(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return this.endOrphans();
    await this.sweep();
    this.#sweptMs = nowMs;
  }

  async #removeOld(): Promise<void> {
    const before = firstIdAt(new Date(this.clock.nowMs() - this.config.ACTION_JOURNAL_DAYS * DAY_MS));
    let removed = ROWS_AT_ONCE;
    while (removed === ROWS_AT_ONCE) removed = await this.repository.removeBefore(before, ROWS_AT_ONCE);
  }
}
