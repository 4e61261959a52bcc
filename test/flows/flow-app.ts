import request from 'supertest';
import { Clock } from '../../src/clock/clock.js';
import { SharedClock } from '../../src/clock/shared-clock.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { INTEGRATIONS, type Operation } from '../../src/integrations/integration.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { FakeIntegration } from '../support/fake-integration.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { until } from '../support/until.js';

const anything = { type: 'object' };
const operation = (name: string, rest: Partial<Operation> = {}): Operation => ({
  name,
  summary: name,
  params: anything,
  example: {},
  isWrite: true,
  tags: [],
  ...rest,
});

export interface RunView {
  id: string;
  status: string;
  error: { code: string; message: string; path?: string } | null;
  result: unknown;
  input: unknown;
  eventId: string | null;
  parentRunId: string | null;
  flowVersion: number;
  takenOver: number;
  steps: { path: string; status: string; attempts: number; input: unknown; output: unknown }[];
}

export interface FlowApp extends TestApp {
  sink: FakeIntegration;
  clock: ShiftedClock;
  /** What the sink was asked to do, in order. */
  effects(): unknown[];
  createFlow(document: object): Promise<{ id: string; version: number } & Record<string, unknown>>;
  /** Starts a run by hand and answers it once it is over, or as it is when it waits. */
  run(flowId: string, payload: unknown, body?: object): Promise<RunView>;
  look(runId: string): Promise<RunView>;
  over(runId: string): Promise<RunView>;
  runsOf(flowId: string): Promise<RunView[]>;
}

/** The whole application with one integration, `sink`, that records what it is asked to do. */
export async function startFlowApp(options: TestAppOptions = {}): Promise<FlowApp> {
  const sink = new FakeIntegration('sink', [
    operation('write'),
    operation('read', { isWrite: false }),
    operation('strict', {
      params: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    }),
  ]);
  sink.onExecute = async (_operation, params) => ({ id: `made-${String(params['n'] ?? '')}`, got: params });
  const clock = new ShiftedClock();
  const app = await startTestApp({
    ...options,
    env: { RATE_LIMIT_PER_MINUTE: '100000', ...options.env },
    override: (builder) => {
      const base = builder
        .overrideProvider(INTEGRATIONS)
        .useValue([sink])
        .overrideProvider(Clock)
        .useValue(clock)
        .overrideProvider(SharedClock)
        .useValue(clock);
      return options.override?.(base) ?? base;
    },
  });
  const look = async (runId: string): Promise<RunView> =>
    (await request(app.url).get(`/flow-runs/${runId}`).expect(200)).body.data as RunView;
  const over = async (runId: string): Promise<RunView> => {
    let run = await look(runId);
    await until(
      async () => {
        run = await look(runId);
        return !['queued', 'running', 'waiting'].includes(run.status);
      },
      { what: () => `the end of ${JSON.stringify(run)}` },
    );
    return run;
  };
  return {
    ...app,
    sink,
    clock,
    look,
    over,
    effects: () => sink.calls.map((call) => call.params),
    async createFlow(document) {
      const response = await request(app.url).post('/flows').send(document);
      if (response.status !== 201) throw new Error(JSON.stringify(response.body));
      return response.body.data;
    },
    async run(flowId, payload, body = {}) {
      const response = await request(app.url)
        .post(`/flows/${flowId}/run`)
        .send({ payload, ...body })
        .expect(202);
      return over(response.body.data.run.id as string);
    },
    async runsOf(flowId) {
      const response = await request(app.url).get(`/flows/${flowId}/runs`).expect(200);
      return response.body.data.items as RunView[];
    },
  };
}

export { EventInbox };
