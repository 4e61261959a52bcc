import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../clock/clock.js';
import { AppError } from '../../errors/app-error.js';
import {
  type EventContext,
  type EventHandler,
  type EventKind,
  EventHandlers,
  type StoredEvent,
} from '../../events/event-handler.js';
import { Batcher } from '../../storage/batcher.js';
import { FlowCatalog } from '../flow-catalog.js';
import { FlowMetrics } from '../execution/flow-metrics.js';
import { FlowRunner } from '../execution/flow-runner.js';
import { FlowRunsRepository, type NewRun } from '../runs/flow-runs.repository.js';
import type { FlowRow } from '../flows.repository.js';
import type { RunInput } from '../flows.tables.js';
import { factsOf, FlowMatching, type TriggeredBy } from './flow-matching.js';
import { waitsFor } from './trigger-match.js';

/** Each may carry a payload of some megabytes, and all go into one text. */
const INSERTS_MAX = 50;
/** Events about one thing come one after the other; only replicas that take over from each other meet here. */
const ASKED_MAX = 5;

/**
 * Starts the flows that wait for an event. Promises one run per flow and event, however often the event is delivered to
 * it: the run's key is the event's id, so no record of handling is needed. A replay is an event with an id of its own.
 */
@Injectable()
export class FlowTrigger implements EventHandler, OnModuleInit {
  readonly name = 'flows';
  readonly #inserts: Batcher<NewRun, boolean>;

  constructor(
    private readonly handlers: EventHandlers,
    private readonly catalog: FlowCatalog,
    private readonly matching: FlowMatching,
    private readonly runs: FlowRunsRepository,
    private readonly runner: FlowRunner,
    private readonly metrics: FlowMetrics,
    private readonly clock: Clock,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
  ) {
    this.#inserts = new Batcher(
      async (newRuns) => {
        const made = new Set(await this.runs.insert(newRuns));
        return newRuns.map((run) => made.has(run.id));
      },
      { perCall: INSERTS_MAX, inFlight: 2 },
    );
  }

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async interest(): Promise<(kind: EventKind) => boolean> {
    const flows = (await this.catalog.current()).filter((flow) => flow.enabled);
    return (kind) => flows.some((flow) => waitsFor(flow, kind));
  }

  async sift(): Promise<(event: StoredEvent) => boolean> {
    return this.matching.sieveOf((await this.catalog.current()).filter((flow) => flow.enabled));
  }

  effectOn(eventId: string): Promise<Date | null> {
    return this.runs.firstStartedBy(eventId);
  }

  /** A condition that was cut off fails the handling after all others had their turn, so that it is tried again. */
  async handle(event: StoredEvent, context: EventContext): Promise<void> {
    const input: RunInput = { event: factsOf(event), payload: event.payload };
    const flows = await this.catalog.current();
    const waiting = flows.filter((flow) => flow.enabled && input.event && waitsFor(flow, input.event));
    const started = await Promise.allSettled(
      waiting.map((flow) => this.#consider(flow, input, context.requestId)),
    );
    if (started.some((result) => result.status === 'fulfilled' && result.value)) this.runner.nudge();
    const failed = started.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #consider(flow: FlowRow, input: RunInput, requestId: string): Promise<boolean> {
    const watched = isChange(input.event) ? this.matching.watchedIn(flow, input) : undefined;
    if (watched) return this.#considerChange(flow, watched, { input, requestId });
    const run = await this.matching.runFor(flow, { input, requestId });
    if (!run) return false;
    const isNew = await this.#inserts.add(run);
    return this.#isToBegin(run, isNew);
  }

  /**
   * What was seen last and the run stand or fall together. The conditions are asked before the transaction, which would
   * hold a connection for as long as an expression takes; where somebody else saw the subject meanwhile, they are asked
   * again.
   */
  async #considerChange(flow: FlowRow, fields: Record<string, unknown>, from: TriggeredBy): Promise<boolean> {
    const subject = { flowId: flow.id, key: subjectKeyOf(from.input.event) };
    for (let asked = 0; asked < ASKED_MAX; asked++) {
      const previous = await this.runs.lastSeen(subject);
      const run = await this.matching.runFor(flow, { ...from, previous });
      const made = await this.runs.see(
        { ...subject, previous, fields, at: this.clock.now() },
        run ? [run] : [],
      );
      if (made) return run !== undefined && this.#isToBegin(run, made.length > 0);
    }
    throw new AppError(
      'unavailable',
      'What a flow saw last of a subject changes faster than it can be judged',
    );
  }

  #isToBegin(run: NewRun, isNew: boolean): boolean {
    if (!run.error) return true;
    if (isNew) {
      this.metrics.ended({ status: 'failed', origin: run.origin, durationMs: undefined });
      const line = { run: run.id, flow: run.flow_id, event_id: run.event_id, reason: run.error.message };
      this.log.warn(line, 'The conditions of a flow were not evaluated on an event');
    }
    return false;
  }
}

/** A replay repeats what was a change once, and of what has no subject nothing is remembered. */
function isChange(event: RunInput['event']): boolean {
  return event?.subjectId !== null && event?.replayOf === null;
}

function subjectKeyOf(event: RunInput['event']): string {
  return [event?.source, event?.workspaceId, event?.subjectId].join('\n');
}
