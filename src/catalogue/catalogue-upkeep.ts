import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Clock } from '../clock/clock.js';
import { Metrics } from '../observability/metrics.js';
import { BackgroundTasks } from '../queue/background-tasks.js';
import { BootstrapService } from './bootstrap/bootstrap.service.js';
import { BootstrapRunsRepository } from './bootstrap/bootstrap-runs.repository.js';
import { type CatalogueConfig, catalogueConfig } from './catalogue.config.js';
import { CatalogueWorkspacesRepository } from './entities/catalogue-workspaces.repository.js';
import { EntitiesRepository } from './entities/entities.repository.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const EVERY_MS = MINUTE_MS;
const FIRST_AFTER_MS = 30_000;
const BATCH = 1_000;
const PAUSE_MS = 50;
const RUNS_KEPT_DAYS = 30;

/**
 * Keeps catalogues fresh where webhooks do not, and lets go of what is too old. Promises that nothing is asked of Clockify
 * for a workspace whose catalogue nobody ever had filled.
 */
@Injectable()
export class CatalogueUpkeep implements OnModuleInit {
  readonly #expired: Counter<never>;

  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly bootstrap: BootstrapService,
    private readonly runs: BootstrapRunsRepository,
    private readonly workspaces: CatalogueWorkspacesRepository,
    private readonly entities: EntitiesRepository,
    @Inject(catalogueConfig.token) private readonly config: CatalogueConfig,
    private readonly clock: Clock,
    metrics: Metrics,
    @InjectPinoLogger('catalogue') private readonly log: PinoLogger,
  ) {
    this.#expired = metrics.counter(
      'catalogue_expired_total',
      'Things that left the catalogue because they were not seen for too long.',
    );
  }

  onModuleInit(): void {
    this.tasks.add({
      name: 'catalogue-upkeep',
      everyMs: EVERY_MS,
      firstAfterMs: FIRST_AFTER_MS,
      run: (signal) => this.run(signal),
    });
  }

  async run(signal?: AbortSignal): Promise<void> {
    await this.refresh();
    await this.#removeOld(signal);
  }

  /** Begins a run for each workspace of which too much may have changed unseen. */
  async refresh(): Promise<void> {
    const { CATALOGUE_TTL_DAYS: days, CATALOGUE_REFRESH_MINUTES: minutes } = this.config;
    const due = await this.workspaces.due({
      filledBefore: days === 0 ? null : this.#ago((days * DAY_MS) / 2),
      changesBefore: minutes === 0 ? null : this.#ago(minutes * MINUTE_MS),
    });
    for (const { kind, ...place } of due) await this.bootstrap.start(place, { kind, requestedBy: 'upkeep' });
  }

  async #removeOld(signal?: AbortSignal): Promise<void> {
    const { CATALOGUE_TTL_DAYS: days } = this.config;
    await inBatches((batch) => this.runs.removeBefore(this.#ago(RUNS_KEPT_DAYS * DAY_MS), batch), signal);
    if (days === 0) return;
    const before = this.#ago(days * DAY_MS);
    const removed = await inBatches((batch) => this.entities.removeBefore(before, batch), signal);
    if (removed === 0) return;
    this.#expired.inc(removed);
    this.log.info({ entities: removed }, 'Things that were not seen for too long left the catalogue');
  }

  #ago(ms: number): Date {
    return new Date(this.clock.nowMs() - ms);
  }
}

async function inBatches(remove: (batch: number) => Promise<number>, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (;;) {
    const removed = await remove(BATCH);
    total += removed;
    if (removed < BATCH || signal?.aborted) return total;
    await delay(PAUSE_MS, undefined, { ref: false });
  }
}
