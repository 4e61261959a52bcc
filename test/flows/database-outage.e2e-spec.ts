import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { describeOnPostgres } from '../support/database.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const RUNS = 24;
const LEASE_SECONDS = 2;

describeOnPostgres('flows whose database is away for longer than their lease', () => {
  let server: PostgresServer;
  let app: FlowApp;
  beforeAll(async () => {
    server = await startPostgres();
    const engine = new PostgresEngine({ url: server.url, poolSize: 8, onError: () => undefined });
    app = await startFlowApp({ engine, env: { FLOW_LEASE_SECONDS: `${LEASE_SECONDS}` } });
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await server.destroy();
  });
  beforeEach(() => void (app.sink.calls.length = 0));

  async function start(document: object): Promise<string[]> {
    const flow = await app.createFlow(document);
    return Promise.all(
      Array.from({ length: RUNS }, async (_, n) => {
        const response = await request(app.url).post(`/flows/${flow.id}/run`).send({ payload: { n } });
        return response.body.data.run.id as string;
      }),
    );
  }

  it('keep what their process knows, and end as they would have', async () => {
    const gate = Promise.withResolvers<void>();
    app.sink.onExecute = async (_operation, params) => {
      await gate.promise;
      return { id: `made-${String(params['n'])}` };
    };
    const ids = await start({
      name: 'In flight',
      steps: [
        { id: 'first', action: 'sink.write', params: { n: '{{ payload.n }}' } },
        {
          id: 'second',
          action: 'sink.write',
          params: { n: '{{ payload.n }}', of: '{{ steps.first.result.id }}' },
        },
      ],
    });
    await until(() => app.sink.calls.length === RUNS, { what: 'all to be in flight' });
    await server.stop('immediate');
    gate.resolve();
    await delay(LEASE_SECONDS * 2 * 1000);
    await server.start();
    const runs = await Promise.all(ids.map((id) => app.over(id)));
    expect(runs.map(({ status, error, takenOver }) => ({ status, error, takenOver }))).toEqual(
      ids.map(() => ({ status: 'succeeded', error: null, takenOver: 0 })),
    );
    const effects = app.effects().map((effect) => JSON.stringify(effect));
    expect(effects).toHaveLength(RUNS * 2);
    expect(new Set(effects).size).toBe(RUNS * 2);
  }, 90_000);
});
