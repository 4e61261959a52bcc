import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { Reach } from '../access/reach.js';
import { SharedClock } from '../clock/shared-clock.js';
import { newId } from '../clock/new-id.js';
import { type Answered, StoredAnswers } from '../idempotency/stored-answers.js';
import { IdempotencyKeyError } from '../idempotency/idempotency.errors.js';
import type { Tables } from '../storage/database.js';
import { holds } from './expressions/condition-evaluator.js';
import { ExpressionEngine } from './expressions/expression-engine.js';
import { demandEvent, FlowReach } from './flow-reach.js';
import type { RunRow } from './runs/flow-runs.repository.js';
import { summaryOf } from './flow-runs.service.js';
import { FlowStarter } from './start/flow-starter.js';
import { FlowNotFoundError } from './flows.errors.js';
import { type FlowRow, FlowsRepository } from './flows.repository.js';
import type { EventFacts, RunInput } from './flows.tables.js';
import { jsonText } from '../storage/json-text.js';
import { isEqual } from './expressions/value-order.js';

export interface ManualRun {
  event?: Record<string, unknown> | undefined;
  payload?: unknown;
  ignoreConditions?: boolean | undefined;
  /** One answer per key: the caller may ask again when it did not get it. */
  key: string | undefined;
  by: string;
  reach: Reach;
  requestId: string;
}

interface Started {
  started: boolean;
  run: Record<string, unknown> | null;
}

/** Runs that somebody starts by hand, with a test event. */
@Injectable()
export class FlowManualRuns {
  constructor(
    private readonly flows: FlowsRepository,
    private readonly reaches: FlowReach,
    private readonly starter: FlowStarter,
    private readonly engine: ExpressionEngine,
    private readonly answers: StoredAnswers,
    private readonly clock: SharedClock,
  ) {}

  /** Where the flow's conditions do not hold, nothing is started, and that is said. */
  async start(flowId: string, request: ManualRun): Promise<Answered<Started>> {
    const { key, event, payload, ignoreConditions = false, reach } = request;
    const asked = ['run flow', flowId, event ?? {}, payload ?? {}, ignoreConditions];
    const answered = await this.answers.once<Started>({ key, request: asked }, async () => {
      const flow = await this.flows.find(flowId, reach);
      if (!flow) throw new FlowNotFoundError();
      const input = this.#inputOf(request);
      await this.reaches.demandSteps(reach, flow.definition);
      demandEvent(reach, input.event);
      if (!ignoreConditions && !(await this.#wants(flow, input)))
        return async () => ({ started: false, run: null });
      return async (transaction) => {
        const run = await this.#runOf(flow, input, request, transaction);
        return { started: true, run: summaryOf(run, reach) };
      };
    });
    this.starter.nudge();
    return answered;
  }

  async #wants(flow: FlowRow, input: RunInput): Promise<boolean> {
    const { conditions } = flow.definition;
    if (!conditions) return true;
    const scope = { ...input, now: this.clock.now().toISOString() };
    return holds(conditions, { scope }, this.engine.of(flow.id));
  }

  /** A replica of the release before keeps no answer: to it the run itself is what its key stands for. */
  async #runOf(
    flow: FlowRow,
    input: RunInput,
    { key, event, by: createdBy, requestId }: ManualRun,
    transaction: Transaction<Tables>,
  ): Promise<RunRow> {
    const keyed = key === undefined ? undefined : `manual:${key}`;
    const earlier = keyed && (await this.starter.findByKey(flow.id, keyed, transaction));
    if (earlier && earlier.created_at >= this.answers.keptSince()) {
      const hasOwnId = typeof event?.['id'] === 'string';
      if (!isSameInput(earlier.input, input, { hasOwnId })) throw IdempotencyKeyError.otherRequest();
      return earlier;
    }
    const own = earlier || keyed === undefined ? `manual:${newId()}` : keyed;
    const start = { origin: 'manual', key: own, input, createdBy, requestId } as const;
    return this.starter.startOne(flow, start, transaction);
  }

  #inputOf({ event = {}, payload }: ManualRun): RunInput & { event: EventFacts } {
    const text = (name: string): string | null => (typeof event[name] === 'string' ? event[name] : null);
    return {
      event: {
        id: text('id') ?? newId(),
        source: text('source') ?? 'test',
        type: text('type') ?? 'TEST',
        workspaceId: text('workspaceId'),
        userId: text('userId'),
        subjectId: text('subjectId'),
        receivedAt: this.clock.now().toISOString(),
        replayOf: null,
      },
      payload: payload ?? {},
    };
  }
}

/** Whether an earlier request said the same; when it came, and an id it did not name, it did not say. */
function isSameInput(kept: RunInput, given: RunInput, { hasOwnId }: { hasOwnId: boolean }): boolean {
  const saidIn = ({ event, payload }: RunInput) => ({
    payload,
    event: { ...event, id: hasOwnId ? event?.id : null, receivedAt: null },
  });
  // As text for the database, and so without what it cannot hold.
  return isEqual(saidIn(kept), JSON.parse(jsonText(saidIn(given))));
}
