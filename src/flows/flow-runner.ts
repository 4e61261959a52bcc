import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { ServiceState } from '../observability/service-state.js';
import { runAs } from '../observability/request-log.js';
import { type QueueConfig, queueConfig } from '../queue/queue.config.js';
import { DatabaseStartup } from '../storage/database-startup.js';
import { FlowCatalog } from './flow-catalog.js';
import { FlowMetrics } from './flow-metrics.js';
import type { RunRow } from './flow-runs.repository.js';
import { FlowWorkRepository } from './flow-work.repository.js';
import { type ClaimedRun, FlowWorker } from './flow-worker.js';
import { type FlowsConfig, flowsConfig } from './flows.config.js';
import { LoopGuard } from './loop-guard.js';
import { JournalWriter, RunJournal } from './run-journal.js';

const POLL_MS = 200;
const RETRY_MS = 1_000;
const RESCUES_MAX = 10;

/** What the runner asks of its neighbours, in one place. */
@Injectable()
export class FlowRunnerTools {
  constructor(
    readonly repository: FlowWorkRepository,
    readonly catalog: FlowCatalog,
    readonly guard: LoopGuard,
    readonly worker: FlowWorker,
  ) {}
}

/** How the process is doing: when it may begin, when it has to stop. */
@Injectable()
export class FlowRunnerState {
  constructor(
    readonly startup: DatabaseStartup,
    readonly service: ServiceState,
    readonly metrics: FlowMetrics,
    readonly clock: Clock,
  ) {}
}

/**
 * Takes runs from the table and works on them, many at a time. Promises that a run whose process dies is taken over within
 * the lease, that nothing begins after the stop was announced, and that what is unfinished then is handed back.
 */
@Injectable()
export class FlowRunner implements OnModuleInit, BeforeApplicationShutdown {
  readonly #owner = newId();
  readonly #active = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #givingUp = new AbortController();
  readonly #writer: JournalWriter;
  #loop: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #isNudged = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly tools: FlowRunnerTools,
    private readonly state: FlowRunnerState,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    @Inject(queueConfig.token) private readonly process: QueueConfig,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
  ) {
    this.#writer = new JournalWriter(tools.repository, this.#owner, state.clock);
  }

  onModuleInit(): void {
    if (this.process.PROCESS_ROLE === 'web') return;
    this.state.startup.whenReady().then(
      () => this.#start(),
      () => undefined, // The start of the service says so itself, and ends it.
    );
  }

  /** There is something to do, says who has just made it so; otherwise it is found a little later. */
  nudge(): void {
    this.#isNudged = true;
    this.#wake?.();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    this.nudge();
    await this.#loop;
    await this.#finishWithin(this.state.service.remainingGraceMs());
    clearInterval(this.#timer);
    this.#givingUp.abort();
    const unfinished = [...this.#active.keys()];
    await this.tools.repository
      .release(this.#owner, unfinished, { now: this.state.clock.now() })
      .catch((err: unknown) =>
        this.log.warn({ err }, 'Flow runs could not be handed back; their leases run out'),
      );
  }

  #start(): void {
    if (this.#stopping.signal.aborted) return;
    this.#loop = this.#work();
    const everyMs = (this.config.FLOW_LEASE_SECONDS * 1000) / 4;
    this.#timer = setInterval(() => void this.#keep(), everyMs).unref();
    void this.#keep();
  }

  /** Renews the leases of the living and ends those of the dead. */
  async #keep(): Promise<void> {
    const { repository } = this.tools;
    try {
      const active = [...this.#active.keys()];
      if (active.length > 0) await repository.renew(this.#owner, active, this.config.FLOW_LEASE_SECONDS);
      const rescued = await repository.rescue(this.state.clock.now(), RESCUES_MAX);
      if (rescued === 0) return;
      this.log.warn({ runs: rescued }, 'Flow runs of a process that died are taken over');
      this.state.metrics.rescued(rescued);
      this.nudge();
    } catch (err) {
      this.log.warn({ err }, 'Leases of flow runs cannot be renewed');
    }
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        this.#isNudged = false;
        const taken = await this.#takeSome();
        if (taken === 0 && !this.#isNudged) await this.#sleep(POLL_MS);
      } catch (err) {
        this.log.warn({ err }, 'Flow runs cannot be claimed');
        await this.#sleep(RETRY_MS);
      }
    }
  }

  async #takeSome(): Promise<number> {
    const room = this.config.FLOW_CONCURRENCY - this.#active.size;
    // A claim costs the same for one run as for many: while most hands are busy, wait for a few to come free.
    if (room <= this.config.FLOW_CONCURRENCY / 4 && this.#active.size > 0) return 0;
    const now = this.state.clock.now();
    if (!(await this.tools.repository.hasReady(now))) return 0;
    const rows = await this.tools.repository.claim({
      owner: this.#owner,
      now,
      limit: room,
      leaseSeconds: this.config.FLOW_LEASE_SECONDS,
      perWorkspace: this.config.FLOW_CONCURRENCY_PER_WORKSPACE,
    });
    if (rows.length === 0) return 0;
    try {
      await this.#begin(rows);
    } catch (error) {
      await this.tools.repository.release(
        this.#owner,
        rows.map((row) => row.id),
        { now },
      );
      throw error;
    }
    return rows.length;
  }

  async #begin(rows: readonly RunRow[]): Promise<void> {
    const { repository, catalog, guard } = this.tools;
    const definitions = await catalog.definitions(
      rows.map((row) => ({ flowId: row.flow_id, version: row.flow_version })),
    );
    const resumed = rows.filter((row) => row.claims > 1).map((row) => row.id);
    const steps = Map.groupBy(await repository.stepsOf(resumed), (step) => step.run_id);
    const verdicts = await guard.judge(rows);
    for (const row of rows) {
      // Taken over from ourselves after a stall: who began with it goes on, under the lease that it has again.
      if (this.#active.has(row.id)) continue;
      const journal = new RunJournal(row.id, this.#writer, steps.get(row.id) ?? []);
      const definition = definitions(row.flow_id, row.flow_version);
      this.#run({ row, definition, verdict: verdicts(row), journal });
    }
  }

  #run(claimed: ClaimedRun): void {
    const { row } = claimed;
    const context = { requestId: row.request_id, clientAddress: '' };
    const signals = { stopping: this.#stopping.signal, signal: this.#givingUp.signal };
    const running = runAs(context, () => this.tools.worker.work(claimed, signals))
      .catch((err: unknown) => {
        this.log.error({ err, run: row.id }, 'A flow run could not be worked on');
        return false;
      })
      .then((isDone) => {
        this.#active.delete(row.id);
        this.nudge();
        return isDone;
      })
      .then((isDone) => (isDone ? undefined : this.#handBack(row.id)));
    this.#active.set(row.id, running);
  }

  /** The database may be away: then the lease runs out and the run comes back by itself. */
  async #handBack(runId: string): Promise<void> {
    const now = this.state.clock.now();
    const readyAt = new Date(now.getTime() + RETRY_MS);
    await this.tools.repository.release(this.#owner, [runId], { now, readyAt }).catch(() => undefined);
  }

  async #finishWithin(graceMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    await Promise.race([Promise.allSettled(this.#active.values()), promise]);
    clearTimeout(timer);
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms).unref();
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    clearTimeout(timer);
  }
}
