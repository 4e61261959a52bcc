import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import type { Counter } from 'prom-client';
import { Clock } from '../../clock/clock.js';
import { Metrics } from '../../observability/metrics.js';
import { type Job, JobQueue } from '../../queue/job-queue.js';
import { Database } from '../../storage/database.js';
import { CatalogueWorkspacesRepository } from '../entities/catalogue-workspaces.repository.js';
import { isNamedType } from '../entities/entity.js';
import { BOOTSTRAP_QUEUE, type BootstrapJob } from './bootstrap.service.js';
import { BootstrapStep, type StepEnd } from './bootstrap-step.js';
import type { RunStatus, StoredError } from './bootstrap.tables.js';
import { isChanges, typeOf } from './bootstrap-plan.js';
import {
  BootstrapRunsRepository,
  type OperationRow,
  type RunRow,
  RunTakenError,
} from './bootstrap-runs.repository.js';

/** Runs that this process works on at once. */
const CONCURRENCY = 4;
/** After that the run waits its turn behind others. */
const TURN_MS = 30_000;

/**
 * Works on runs that fill catalogues, a turn at a time: each turn is a job, and the next is queued in the transaction that
 * ends it. Promises that a killed process's run goes on elsewhere behind the last page that was committed, and that a run
 * which has to wait for Clockify waits without holding anything.
 */
@Injectable()
export class BootstrapWorker implements OnModuleInit {
  readonly #runs: Counter<'kind' | 'status'>;
  readonly #requests: Counter<never>;

  constructor(
    private readonly db: Database,
    private readonly queue: JobQueue,
    private readonly runs: BootstrapRunsRepository,
    private readonly workspaces: CatalogueWorkspacesRepository,
    private readonly step: BootstrapStep,
    private readonly clock: Clock,
    metrics: Metrics,
    @InjectPinoLogger('catalogue') private readonly log: PinoLogger,
  ) {
    this.#runs = metrics.counter('catalogue_runs_total', 'Runs that read a workspace, by how they ended.', [
      'kind',
      'status',
    ]);
    this.#requests = metrics.counter('catalogue_requests_total', 'Requests to Clockify to fill catalogues.');
  }

  onModuleInit(): void {
    this.queue.work<BootstrapJob>(BOOTSTRAP_QUEUE, { concurrency: CONCURRENCY }, (job) => this.#turn(job));
  }

  async #turn({ data: { runId }, signal }: Job<BootstrapJob>): Promise<void> {
    const run = await this.runs.claim(runId, this.clock.now());
    if (!run) return;
    try {
      await this.#work(run, signal);
    } catch (error) {
      if (!(error instanceof RunTakenError)) throw error;
      this.log.info({ run: runId }, 'A catalogue is filled elsewhere, or not any more');
    }
  }

  async #work(run: RunRow, signal: AbortSignal): Promise<void> {
    const untilMs = performance.now() + TURN_MS;
    for (;;) {
      signal.throwIfAborted();
      const row = await this.runs.nextOperation(run.id);
      if (!row) return this.#complete(run);
      if (performance.now() > untilMs) return this.#goOnLater(run, { waitMs: 0 });
      this.#requests.inc();
      const end = await this.step.take(run, row, signal);
      if (end.kind !== 'go_on') return this.#pause(run, end);
    }
  }

  async #pause(run: RunRow, end: Exclude<StepEnd, { kind: 'go_on' }>): Promise<void> {
    if (end.kind === 'wait') return this.#goOnLater(run, end);
    await this.#finish(run, 'failed', end.error);
  }

  async #goOnLater(run: RunRow, { waitMs, error }: { waitMs: number; error?: StoredError }): Promise<void> {
    const wakeAt = new Date(this.clock.nowMs() + waitMs);
    await this.db.transaction().execute(async (transaction) => {
      await this.runs.demand(transaction, run);
      if (waitMs > 0) await this.runs.sleep(transaction, run, { wakeAt, error: error ?? null });
      await this.queue.enqueue<BootstrapJob>(BOOTSTRAP_QUEUE, [{ runId: run.id }], {
        transaction,
        ...(waitMs > 0 ? { startAfter: wakeAt } : {}),
      });
    });
  }

  async #complete(run: RunRow): Promise<void> {
    await this.#finish(run, statusOf(await this.runs.operations(run.id)));
  }

  async #finish(run: RunRow, status: RunStatus, error?: StoredError): Promise<void> {
    const place = { account: run.account, workspaceId: run.workspace_id };
    const startedAt = run.started_at ?? run.created_at;
    const rows = await this.runs.operations(run.id);
    await this.db.transaction().execute(async (transaction) => {
      await this.runs.demand(transaction, run);
      await this.runs.finish(transaction, run, {
        status,
        now: this.clock.now(),
        ...(error ? { error } : {}),
      });
      if (status === 'failed') return;
      await this.workspaces.change(transaction, place, {
        ...(run.kind === 'full' && hasNames(rows) ? { filledAt: startedAt, changesAt: startedAt } : {}),
        ...(knowsChanges(rows) ? { changesAt: startedAt } : {}),
      });
    });
    this.#runs.inc({ kind: run.kind, status });
    this.log.info({ run: run.id, workspace: run.workspace_id, status }, 'A catalogue was filled');
  }
}

function statusOf(rows: readonly OperationRow[]): RunStatus {
  if (rows.some(({ status }) => status === 'failed')) return 'complete_with_errors';
  return rows.every(({ status }) => status === 'done') ? 'complete' : 'complete_with_warnings';
}

/** Names are no use where some may be missing. */
function hasNames(rows: readonly OperationRow[]): boolean {
  return rows
    .filter(({ operation }) => isNamedType(typeOf({ id: operation })))
    .every(({ status }) => status === 'done' || status === 'refused');
}

function knowsChanges(rows: readonly OperationRow[]): boolean {
  return rows.filter(({ operation }) => isChanges(operation)).every(({ status }) => status === 'done');
}
