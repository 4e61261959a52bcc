import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
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
import { holds, plainlyHolds, watchedFields, watchedValues } from '../expressions/condition-evaluator.js';
import { ExpressionEngine } from '../expressions/expression-engine.js';
import { FlowCatalog } from '../flow-catalog.js';
import { FlowMetrics } from '../execution/flow-metrics.js';
import { FlowRunner } from '../execution/flow-runner.js';
import { FlowRunsRepository, type NewRun } from '../runs/flow-runs.repository.js';
import type { FlowRow } from '../flows.repository.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import { CONDITION_ERROR, FLOW_PAUSED, ExpressionCutOffError, ExpressionError } from '../flows.errors.js';
import type { EventFacts, RunError, RunInput } from '../flows.tables.js';
import { newRun } from '../runs/new-run.js';
import { triggers } from './trigger-match.js';

/** Each may carry a payload of some megabytes, and all go into one text. */
const INSERTS_MAX = 50;
/** Events about one thing come one after the other; only replicas that take over from each other meet here. */
const ASKED_MAX = 5;

interface TriggeredBy {
  input: RunInput;
  requestId: string;
  /** What the flow saw of the subject before. */
  previous?: Record<string, unknown> | undefined;
}

/** What matching an event needs. */
@Injectable()
export class FlowTriggerTools {
  constructor(
    readonly catalog: FlowCatalog,
    readonly engine: ExpressionEngine,
    readonly runs: FlowRunsRepository,
    readonly runner: FlowRunner,
    readonly metrics: FlowMetrics,
  ) {}
}

/**
 * Starts the flows that wait for an event. Promises one run per flow and event, however often the event is delivered to
 * it: the run's key is the event's id, so no record of handling is needed. A replay is an event with an id of its own.
 */
@Injectable()
export class FlowTrigger implements EventHandler, OnModuleInit {
  readonly name = 'flows';
  readonly #inserts: Batcher<NewRun, boolean>;

  constructor(
    private readonly tools: FlowTriggerTools,
    private readonly handlers: EventHandlers,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly clock: Clock,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
  ) {
    this.#inserts = new Batcher(
      async (runs) => {
        const made = new Set(await tools.runs.insert(runs));
        return runs.map((run) => made.has(run.id));
      },
      { perCall: INSERTS_MAX, inFlight: 2 },
    );
  }

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async interest(): Promise<(kind: EventKind) => boolean> {
    const flows = (await this.tools.catalog.current()).filter((flow) => flow.enabled);
    return (kind) => flows.some((flow) => triggers(flow.definition.trigger, kind));
  }

  /** What plain comparisons rule out needs no run, no expression and nothing to be remembered. */
  async sift(): Promise<(event: StoredEvent) => boolean> {
    const flows = (await this.tools.catalog.current()).filter((flow) => flow.enabled);
    const now = this.clock.now().toISOString();
    return (event) => {
      const scope = { event: factsOf(event), payload: event.payload, now };
      return flows.some(
        ({ definition: { trigger, conditions } }) =>
          triggers(trigger, scope.event) &&
          (conditions === undefined ||
            watchedFields(conditions).length > 0 ||
            plainlyHolds(conditions, scope) !== false),
      );
    };
  }

  effectOn(eventId: string): Promise<Date | null> {
    return this.tools.runs.firstStartedBy(eventId);
  }

  /** A condition that was cut off fails the handling after all others had their turn, so that it is tried again. */
  async handle(event: StoredEvent, context: EventContext): Promise<void> {
    const input: RunInput = { event: factsOf(event), payload: event.payload };
    const flows = await this.tools.catalog.current();
    const waiting = flows.filter(
      (flow) => flow.enabled && input.event && triggers(flow.definition.trigger, input.event),
    );
    const started = await Promise.allSettled(
      waiting.map((flow) => this.#consider(flow, input, context.requestId)),
    );
    if (started.some((result) => result.status === 'fulfilled' && result.value)) this.tools.runner.nudge();
    const failed = started.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #consider(flow: FlowRow, input: RunInput, requestId: string): Promise<boolean> {
    if (watchedFields(flow.definition.conditions).length > 0 && isChange(input.event))
      return this.#considerChange(flow, input, requestId);
    const run = await this.#runFor(flow, { input, requestId });
    if (!run) return false;
    const isNew = await this.#inserts.add(run);
    return this.#isToBegin(run, isNew);
  }

  /**
   * What was seen last and the run stand or fall together. The conditions are asked before the transaction, which would
   * hold a connection for as long as an expression takes; where somebody else saw the subject meanwhile, they are asked
   * again.
   */
  async #considerChange(flow: FlowRow, input: RunInput, requestId: string): Promise<boolean> {
    const { runs } = this.tools;
    const subject = { flowId: flow.id, key: subjectKeyOf(input.event) };
    const fields = watchedValues(flow.definition.conditions, scopeOf(input));
    for (let asked = 0; asked < ASKED_MAX; asked++) {
      const previous = await runs.lastSeen(subject);
      const run = await this.#runFor(flow, { input, requestId, previous });
      const made = await runs.see({ ...subject, previous, fields, at: this.clock.now() }, run ? [run] : []);
      if (made) return run !== undefined && this.#isToBegin(run, made.length > 0);
    }
    throw new AppError(
      'unavailable',
      'What a flow saw last of a subject changes faster than it can be judged',
    );
  }

  /**
   * None where the conditions do not hold. Where they never can be evaluated on this event it is one that has failed: to
   * ask again would hold up what comes after it, and to drop it would hide it from whoever has to mend the flow.
   */
  async #runFor(flow: FlowRow, from: TriggeredBy): Promise<NewRun | undefined> {
    if (flow.paused_at !== null) return this.#runOf(flow, from, pausedBy(flow));
    try {
      return (await this.#matches(flow, from)) ? this.#runOf(flow, from) : undefined;
    } catch (error) {
      if (!(error instanceof ExpressionError) || error instanceof ExpressionCutOffError) throw error;
      return this.#runOf(flow, from, { code: CONDITION_ERROR, message: error.message });
    }
  }

  #isToBegin(run: NewRun, isNew: boolean): boolean {
    if (!run.error) return true;
    if (isNew) {
      this.tools.metrics.ended({ status: 'failed', origin: run.origin, durationMs: undefined });
      const line = { run: run.id, flow: run.flow_id, event_id: run.event_id, reason: run.error.message };
      this.log.warn(line, 'The conditions of a flow were not evaluated on an event');
    }
    return false;
  }

  async #matches(flow: FlowRow, { input, previous }: TriggeredBy): Promise<boolean> {
    const { conditions } = flow.definition;
    if (!conditions) return true;
    const scope = { ...scopeOf(input), now: this.clock.now().toISOString() };
    return holds(conditions, { scope, previous }, this.tools.engine.of(flow.id));
  }

  #runOf(flow: FlowRow, { input, requestId }: TriggeredBy, error?: RunError): NewRun {
    return newRun({
      flow,
      origin: 'event',
      key: `event:${input.event?.id}`,
      input,
      createdBy: `event ${input.event?.source}`,
      requestId,
      at: this.clock.now(),
      defaultConcurrency: this.config.FLOW_CONCURRENCY_PER_FLOW,
      ...(error ? { error } : {}),
    });
  }
}

export function factsOf(event: StoredEvent): EventFacts {
  const { id, source, type, workspaceId, userId, subjectId, receivedAt, replayOf } = event;
  return { id, source, type, workspaceId, userId, subjectId, receivedAt: receivedAt.toISOString(), replayOf };
}

function pausedBy({ pause_reason }: FlowRow): RunError {
  return { code: FLOW_PAUSED, message: `The flow is paused: ${pause_reason}` };
}

/** A replay repeats what was a change once, and of what has no subject nothing is remembered. */
function isChange(event: RunInput['event']): boolean {
  return event?.subjectId !== null && event?.replayOf === null;
}

function subjectKeyOf(event: RunInput['event']): string {
  return [event?.source, event?.workspaceId, event?.subjectId].join('\n');
}

function scopeOf(input: RunInput): Record<string, unknown> {
  return { event: input.event, payload: input.payload };
}
