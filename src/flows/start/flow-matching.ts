import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import type { StoredEvent } from '../../events/event-handler.js';
import { holds, plainlyHolds, watchedFields, watchedValues } from '../expressions/condition-evaluator.js';
import { ExpressionEngine } from '../expressions/expression-engine.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';
import { CONDITION_ERROR, FLOW_PAUSED, ExpressionCutOffError, ExpressionError } from '../flows.errors.js';
import type { FlowDefinition } from '../document/flow-definition.js';
import type { FlowRow } from '../flows.repository.js';
import type { EventFacts, RunError, RunInput } from '../flows.tables.js';
import type { NewRun } from '../runs/flow-runs.repository.js';
import { newRun } from '../runs/new-run.js';
import { waitsFor } from './trigger-match.js';

export interface TriggeredBy {
  input: RunInput;
  requestId: string;
  /** What the flow saw of the subject before. */
  previous?: Record<string, unknown> | undefined;
}

/** Whether an event is what a flow waits for, and the run that it then becomes. Writes nothing. */
@Injectable()
export class FlowMatching {
  constructor(
    private readonly engine: ExpressionEngine,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly clock: Clock,
  ) {}

  /** What plain comparisons rule out needs no run, no expression and nothing to be remembered. */
  sieveOf(flows: readonly FlowRow[]): (event: StoredEvent) => boolean {
    const now = this.clock.now().toISOString();
    return (event) => {
      const scope = { event: factsOf(event), payload: event.payload, now };
      return flows.some((flow) => waitsFor(flow, scope.event) && mayHold(flow.definition.conditions, scope));
    };
  }

  /** The fields that the flow's conditions compare with what it saw last; undefined where they look at the event alone. */
  watchedIn({ definition }: FlowRow, input: RunInput): Record<string, unknown> | undefined {
    if (watchedFields(definition.conditions).length === 0) return undefined;
    return watchedValues(definition.conditions, scopeOf(input));
  }

  /**
   * None where the conditions do not hold. Where they never can be evaluated on this event it is one that has failed: to
   * ask again would hold up what comes after it, and to drop it would hide it from whoever has to mend the flow.
   */
  async runFor(flow: FlowRow, from: TriggeredBy): Promise<NewRun | undefined> {
    if (flow.paused_at !== null) return this.#runOf(flow, from, pausedBy(flow));
    try {
      return (await this.#matches(flow, from)) ? this.#runOf(flow, from) : undefined;
    } catch (error) {
      if (!(error instanceof ExpressionError) || error instanceof ExpressionCutOffError) throw error;
      return this.#runOf(flow, from, { code: CONDITION_ERROR, message: error.message });
    }
  }

  async #matches(flow: FlowRow, { input, previous }: TriggeredBy): Promise<boolean> {
    const { conditions } = flow.definition;
    if (!conditions) return true;
    const scope = { ...scopeOf(input), now: this.clock.now().toISOString() };
    return holds(conditions, { scope, previous }, this.engine.of(flow.id));
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

function scopeOf(input: RunInput): Record<string, unknown> {
  return { event: input.event, payload: input.payload };
}

/** Plain comparisons alone cannot rule it out. */
function mayHold(
  conditions: FlowDefinition['conditions'],
  scope: Parameters<typeof plainlyHolds>[1],
): boolean {
  if (conditions === undefined || watchedFields(conditions).length > 0) return true;
  return plainlyHolds(conditions, scope) !== false;
}
