import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { newId } from '../../clock/new-id.js';
import { SharedClock } from '../../clock/shared-clock.js';
import { WorkLoop } from '../../clock/work-loop.js';
import { ServiceState } from '../../observability/service-state.js';
import { runAs } from '../../observability/request-log.js';
import { type TracedWork, traceWork } from '../../observability/tracer.js';
import { BackgroundTasks } from '../../queue/background-tasks.js';
import { WorkBell } from '../../storage/work-bell.js';
import { FlowCatalog } from '../flow-catalog.js';
import { FlowLeases, type HeldRun } from './flow-leases.js';
import { FlowMetrics } from './flow-metrics.js';
import type { RunRow } from '../runs/flow-runs.repository.js';
import type { Claim } from './claimed-runs.js';
import { FlowWorkRepository } from './flow-work.repository.js';
import { type ClaimedRun, FlowWorker, type WorkOutcome } from './flow-worker.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import { LoopGuard } from './loop-guard.js';
import { JournalWriter, RunJournal } from './run-journal.js';

const HAND_BACK_MS = 1_000;
/** Between tries of a run that the database's absence cuts off. */
const PAUSE_FIRST_MS = 50;
const PAUSE_LONGEST_MS = 5_000;
const RESCUES_MAX = 10;
/** However long a lease is: what nobody was told of is found. */
const LOOK_AT_LEAST_EVERY_MS = 15_000;
/** While most hands are busy, a claim waits this long for more of them to come free: it costs the same for one as for many. */
const LINGER_MS = 20;

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

/** How the process is doing: when it may begin, when it has to stop, and who tells it that there is work. */
@Injectable()
export class FlowRunnerState {
  constructor(
    readonly tasks: BackgroundTasks,
    readonly service: ServiceState,
    readonly metrics: FlowMetrics,
    readonly clock: SharedClock,
    readonly bell: WorkBell,
  ) {}
}

/**
 * Takes runs from the table and works on them, many at a time. Promises that a run whose process dies is taken over when
 * its lease ends, that nothing begins after the stop was announced, and that what is unfinished then is handed back. It
 * sleeps until something is due, and is woken when something is sooner.
 */
@Injectable()
export class FlowRunner implements OnModuleInit, BeforeApplicationShutdown {
  readonly #owner = newId();
  readonly #active = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #givingUp = new AbortController();
  readonly #leases: FlowLeases;
  readonly #writer: JournalWriter;
  readonly #loop: WorkLoop;

  constructor(
    private readonly tools: FlowRunnerTools,
    private readonly state: FlowRunnerState,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
  ) {
    const seconds = config.FLOW_LEASE_SECONDS;
    this.#writer = new JournalWriter(tools.repository, this.#owner, state.clock);
    this.#leases = new FlowLeases(this.#owner, tools.repository, state.clock, { seconds, log });
    this.#loop = new WorkLoop({
      work: () => this.#turn(),
      longestSleepMs: Math.min(seconds * 1000, LOOK_AT_LEAST_EVERY_MS),
      onFailure: (err) => log.warn({ err }, 'Flow runs cannot be claimed'),
    });
  }

  onModuleInit(): void {
    this.state.tasks.whenWorking(() => this.#start());
  }

  /** There is something to do, says who has just made it so. */
  nudge(): void {
    this.state.bell.ring('flows');
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#loop.stop();
    await this.#finishWithin(this.state.service.remainingGraceMs());
    this.#leases.stop();
    this.#givingUp.abort();
    await this.#release(this.#leases.claims);
    await this.state.bell.tellNow();
  }

  #start(): void {
    if (this.#stopping.signal.aborted) return;
    const { bell, clock } = this.state;
    bell.listen('flows', { onRing: () => this.#loop.nudge(), onReconnect: () => this.#leases.lostSight() });
    clock.onStep((stepMs) => void this.#clockWasSet(stepMs));
    this.#leases.start();
    this.#loop.start();
    void this.#mendTimes();
  }

  /** Returns after how many milliseconds to look again. */
  async #turn(): Promise<number> {
    if (this.#isNearlyFull) await delay(LINGER_MS);
    try {
      return await this.#lookAndTake();
    } catch (error) {
      this.#leases.lostSight();
      throw error;
    }
  }

  async #lookAndTake(): Promise<number> {
    const look = await this.tools.repository.look(this.#owner, this.#leases.claims, this.state.clock.now());
    const mayJudgeInMs = this.#leases.inSight();
    const isOver = look.leaseEndsInMs <= 0 && mayJudgeInMs === 0;
    if (isOver && (await this.#rescue()) > 0) return 0;
    if (look.hasReady && (await this.#takeSome()) > 0) return 0;
    const rescueInMs = Math.max(1, look.leaseEndsInMs, mayJudgeInMs);
    return Math.min(this.#room > 0 ? look.readyInMs : Infinity, rescueInMs);
  }

  get #room(): number {
    return this.config.FLOW_CONCURRENCY - this.#active.size;
  }

  get #isNearlyFull(): boolean {
    return this.#active.size > 0 && this.#room <= this.config.FLOW_CONCURRENCY / 4;
  }

  async #rescue(): Promise<number> {
    const limits = { now: this.state.clock.now(), rescuesMax: RESCUES_MAX };
    const rescued = await this.tools.repository.rescue(this.#owner, this.#leases.claims, limits);
    if (rescued === 0) return 0;
    this.log.warn({ runs: rescued }, 'Flow runs of a process that died are taken over');
    this.state.metrics.rescued(rescued);
    return rescued;
  }

  async #takeSome(): Promise<number> {
    const room = this.#room;
    if (room <= 0) return 0;
    const rows = await this.tools.repository.claim({
      owner: this.#owner,
      now: this.state.clock.now(),
      limit: room,
      leaseSeconds: this.config.FLOW_LEASE_SECONDS,
      perWorkspace: this.config.FLOW_CONCURRENCY_PER_WORKSPACE,
    });
    if (rows.length === 0) return 0;
    // There may be more than one process can do: those who heard of it in vain, because a limit was reached, look again.
    if (rows.length === room) this.state.bell.ringOthers('flows');
    try {
      await this.#begin(rows);
    } catch (error) {
      await this.#release(rows.filter((row) => !this.#active.has(row.id)).map(claimOf));
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
      const earlier = this.#leases.find(row.id);
      if (earlier) {
        if (!earlier.readopt(row)) await this.#release([claimOf(row)], HAND_BACK_MS);
        continue;
      }
      const held = this.#leases.hold(row);
      const journal = new RunJournal(held.claim, this.#writer, steps.get(row.id) ?? []);
      const definition = definitions(row.flow_id, row.flow_version);
      this.#run(held, { row, definition, verdict: verdicts(row), journal });
    }
  }

  #run(held: HeldRun, claimed: ClaimedRun): void {
    const { id, request_id: requestId } = held.row;
    const running = runAs({ requestId, clientAddress: '' }, () =>
      traceWork(
        () => tracedRun(held.row),
        () => this.#workOn(held, claimed),
      ),
    )
      .catch((err: unknown): WorkOutcome => {
        this.log.error({ err, run: id }, 'A flow run could not be worked on');
        return 'interrupted';
      })
      .then((outcome) => this.#leave(held, outcome));
    this.#active.set(id, running);
  }

  /**
   * While the database is away the run stays with this process, which knows what has happened in it. Once the database is
   * back it is gone through again from what is known here, unless another process has it by then.
   */
  async #workOn(held: HeldRun, claimed: ClaimedRun): Promise<WorkOutcome> {
    const signals = { stopping: this.#stopping.signal, signal: this.#givingUp.signal };
    for (let pauseMs = PAUSE_FIRST_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_LONGEST_MS)) {
      const outcome = await this.tools.worker.work({ ...claimed, row: held.row }, signals);
      if (outcome !== 'cut_off') return outcome;
      await delay(pauseMs, undefined, { signal: signals.stopping }).catch(() => undefined);
      if (!(await this.#leases.confirm(held, signals.stopping))) return 'interrupted';
    }
  }

  async #leave(held: HeldRun, outcome: WorkOutcome): Promise<void> {
    const { row, claim } = held;
    this.#active.delete(row.id);
    if (outcome === 'interrupted' && !this.#givingUp.signal.aborted)
      await this.#release([claim], HAND_BACK_MS);
    this.#leases.drop(row.id);
    this.#loop.nudge();
    // This process may be busy when it goes on; and the schedule may have a run that waits for this one.
    if (outcome !== 'ended') this.state.bell.ringOthers('flows');
    else if (row.origin === 'schedule') this.state.bell.ring('schedules');
  }

  /** The database may be away: then the leases run out and the runs come back by themselves. */
  async #release(claims: readonly Claim[], afterMs = 0): Promise<void> {
    const now = this.state.clock.now();
    const readyAt = new Date(now.getTime() + afterMs);
    try {
      await this.tools.repository.release(this.#owner, claims, { now, readyAt });
      this.state.bell.ringOthers('flows');
    } catch (err) {
      this.log.warn({ err }, 'Flow runs could not be handed back; their leases run out');
    }
  }

  async #clockWasSet(stepMs: number): Promise<void> {
    this.#leases.lostSight(); // After a step forward every lease seems to have ended.
    if (stepMs < 0) await this.#mendTimes();
    this.#loop.nudge();
  }

  async #mendTimes(): Promise<void> {
    const limits = { now: this.state.clock.now(), leaseSeconds: this.config.FLOW_LEASE_SECONDS };
    try {
      const runs = await this.tools.repository.mendTimes(limits);
      if (runs > 0) this.log.warn({ runs }, 'Flow runs waited for a time of a clock that was ahead; mended');
    } catch (err) {
      this.log.warn({ err }, 'The times of flow runs cannot be looked through');
    }
  }

  async #finishWithin(graceMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    await Promise.race([Promise.allSettled(this.#active.values()), promise]);
    clearTimeout(timer);
  }
}

function claimOf(row: RunRow): Claim {
  return { runId: row.id, number: row.claims };
}

/** A schedule has no request: its run's id is one of its own. */
function tracedRun(row: RunRow): TracedWork {
  const attributes = {
    'clankerbot.request_id': row.request_id,
    'clankerbot.flow_run_id': row.id,
    'clankerbot.flow_id': row.flow_id,
  };
  return {
    name: 'flow run',
    attributes,
    ...(row.origin === 'schedule' ? {} : { causedBy: row.request_id }),
  };
}
