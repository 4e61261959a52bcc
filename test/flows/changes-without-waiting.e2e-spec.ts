import request from 'supertest';
import { newId } from '../../src/clock/new-id.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { ExpressionEngine, type Expressions } from '../../src/flows/expressions/expression-engine.js';
import type { FlowsConfig } from '../../src/flows/flows.config.js';
import { FlowRunsRepository } from '../../src/flows/runs/flow-runs.repository.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

/** An expression that takes as long as the test wants it to. */
class HeldEngine extends ExpressionEngine {
  asked = 0;
  readonly #gate = Promise.withResolvers<boolean>();

  override of(flowId: string): Expressions {
    const expression = (): Promise<unknown> => {
      this.asked++;
      return this.#gate.promise;
    };
    return { ...super.of(flowId), expression };
  }

  release(): void {
    this.#gate.resolve(true);
  }
}

describe('flows that look for a change', () => {
  const engine = new HeldEngine({
    FLOW_EXPRESSION_TIMEOUT_MS: 1000,
    FLOW_EXPRESSION_PROCESSES: 1,
  } as FlowsConfig);
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp({
      override: (builder) => builder.overrideProvider(ExpressionEngine).useValue(engine),
    });
  });
  afterAll(() => app.close());

  const deliver = (n: number) =>
    app.app.get(EventInbox).receive(
      {
        source: 'clockify',
        type: 'APPROVAL',
        isTypeInferred: false,
        workspaceId: 'w1',
        userId: null,
        subjectId: `s${n}`,
        payload: { status: 'APPROVED' },
        headers: {},
        changes: [],
        repeatKey: { kind: 'id', id: newId() },
        requestId: newId(),
      },
      100,
    );

  it('hold no connection of the database while their expressions take long', async () => {
    const flow = await app.createFlow({
      name: 'Approved',
      trigger: { events: ['APPROVAL'] },
      conditions: [
        { field: 'payload.status', operator: 'changed_to', value: 'APPROVED' },
        '$count($map(payload.*, function($v) { $v })) > 0',
      ],
      steps: [{ action: 'sink.write', params: {} }],
    });
    await Promise.all(Array.from({ length: 30 }, (_, n) => deliver(n)));
    // More than there are connections: each of them would be held by now, or the only one for long.
    await until(() => engine.asked >= 12, { what: () => `expressions, of which there were ${engine.asked}` });
    await request(app.url).get('/flows').expect(200);
    await deliver(30);
    engine.release();
    await until(async () => (await app.runsOf(flow.id)).length === 31 || app.sink.calls.length === 31);
  });

  it('remember nothing that follows from what somebody else has replaced meanwhile', async () => {
    const runs = app.app.get(FlowRunsRepository);
    const { id: flowId } = await app.createFlow({ name: 'Seen', steps: [{ action: 'sink.write' }] });
    const seen = { flowId, key: 'a', at: app.clock.now() };
    const [first, second] = [{ 'payload.n': 1 }, { 'payload.n': 2 }];
    expect(await runs.see({ ...seen, previous: undefined, fields: first }, [])).toEqual([]);
    expect(await runs.see({ ...seen, previous: undefined, fields: second }, [])).toBeUndefined();
    expect(await runs.lastSeen(seen)).toEqual(first);
    expect(await runs.see({ ...seen, previous: first, fields: second }, [])).toEqual([]);
    expect(await runs.lastSeen(seen)).toEqual(second);
  });
});
