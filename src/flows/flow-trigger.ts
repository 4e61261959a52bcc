import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import {
  type EventContext,
  type EventHandler,
  type EventKind,
  EventHandlers,
  type StoredEvent,
} from '../events/event-handler.js';
import { Batcher } from './batcher.js';
import { holds, watchedFields, watchedValues } from './condition-evaluator.js';
import { ExpressionEngine } from './expression-engine.js';
import { FlowCatalog } from './flow-catalog.js';
import { FlowRunner } from './flow-runner.js';
import { FlowRunsRepository, type NewRun } from './flow-runs.repository.js';
import type { FlowRow } from './flows.repository.js';
import { type FlowsConfig, flowsConfig } from './flows.config.js';
import type { EventFacts, RunInput } from './flows.tables.js';
import { newRun } from './new-run.js';
import { triggers } from './trigger-match.js';

/** Each may carry a payload of some megabytes, and all go into one text. */
const INSERTS_MAX = 50;

/** What matching an event needs. */
@Injectable()
export class FlowTriggerTools {
  constructor(
    readonly catalog: FlowCatalog,
    readonly engine: ExpressionEngine,
    readonly runs: FlowRunsRepository,
    readonly runner: FlowRunner,
  ) {}
}

/**
 * Starts the flows that wait for an event. Promises one run per flow and event, however often the event is delivered to
 * it: the run's key is the event's id, so no record of handling is needed. A replay is an event with an id of its own.
 */
@Injectable()
export class FlowTrigger implements EventHandler, OnModuleInit {
  readonly name = 'flows';
  readonly #inserts: Batcher<NewRun, null>;

  constructor(
    private readonly tools: FlowTriggerTools,
    private readonly handlers: EventHandlers,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly clock: Clock,
  ) {
    this.#inserts = new Batcher(
      async (runs) => {
        await tools.runs.insert(runs);
        return runs.map(() => null);
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

  /** A condition that cannot be evaluated fails the handling after all others had their turn, so that it is tried again. */
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
    if (watchedFields(flow.definition.conditions).length > 0)
      return this.#considerChange(flow, input, requestId);
    if (!(await this.#matches(flow, input))) return false;
    await this.#inserts.add(this.#runOf(flow, input, requestId));
    return true;
  }

  /** What was seen last and the run stand or fall together. */
  async #considerChange(flow: FlowRow, input: RunInput, requestId: string): Promise<boolean> {
    const { event } = input;
    const key = [event?.source, event?.workspaceId, event?.subjectId].join('\n');
    const { runs } = this.tools;
    return runs.transaction(async (transaction) => {
      const last = await runs.lastSeen({ flowId: flow.id, key }, transaction);
      // A replay repeats what was a change once.
      const previous = event?.replayOf === null ? last : undefined;
      const isMatch = await this.#matches(flow, input, previous);
      if (isMatch) await runs.insert([this.#runOf(flow, input, requestId)], transaction);
      const fields = watchedValues(flow.definition.conditions, scopeOf(input));
      if (event?.subjectId !== null && event?.replayOf === null) {
        await runs.remember({ flowId: flow.id, key, fields, at: this.clock.now() }, transaction);
      }
      return isMatch;
    });
  }

  async #matches(flow: FlowRow, input: RunInput, previous?: Record<string, unknown>): Promise<boolean> {
    const { conditions } = flow.definition;
    if (!conditions) return true;
    const scope = { ...scopeOf(input), now: this.clock.now().toISOString() };
    return holds(conditions, { scope, previous }, this.tools.engine);
  }

  #runOf(flow: FlowRow, input: RunInput, requestId: string): NewRun {
    return newRun({
      flow,
      origin: 'event',
      key: `event:${input.event?.id}`,
      input,
      createdBy: `event ${input.event?.source}`,
      requestId,
      at: this.clock.now(),
      defaultConcurrency: this.config.FLOW_CONCURRENCY_PER_FLOW,
    });
  }
}

export function factsOf(event: StoredEvent): EventFacts {
  const { id, source, type, workspaceId, userId, subjectId, receivedAt, replayOf } = event;
  return { id, source, type, workspaceId, userId, subjectId, receivedAt: receivedAt.toISOString(), replayOf };
}

function scopeOf(input: RunInput): Record<string, unknown> {
  return { event: input.event, payload: input.payload };
}
