import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { describeOnPostgres } from '../support/database.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { until } from '../support/until.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const RUNS = 1000;
const RESTARTS = 3;

describeOnPostgres('flows while Postgres restarts', () => {
  let server: PostgresServer;
  let app: FlowApp;
  beforeAll(async () => {
    server = await startPostgres();
    const engine = new PostgresEngine({ url: server.url, poolSize: 8, onError: () => undefined });
    app = await startFlowApp({ engine, env: { FLOW_LEASE_SECONDS: '2' } });
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await server.destroy();
  });

  it('end all thousand of their runs, with no effect twice', async () => {
    app.sink.onExecute = async () => {
      await delay(5);
      return {};
    };
    const flow = await app.createFlow({
      name: 'Steady',
      steps: [
        { id: 'a', action: 'sink.write', params: { key: '{{ payload.n }}a' } },
        { id: 'between', transform: '{{ payload.n }}' },
        { id: 'b', action: 'sink.write', params: { key: '{{ payload.n }}b' } },
      ],
    });
    const starting = startAll(flow.id);
    for (let i = 0; i < RESTARTS; i++) {
      await delay(1000);
      await server.stop(i % 2 === 0 ? 'immediate' : 'fast');
      await delay(500);
      await server.start();
    }
    await starting;
    const count = async (status: string): Promise<number> =>
      Number(
        (
          await app.engine.pool.query('select count(*) as n from clankerbot.flow_runs where status = $1', [
            status,
          ])
        ).rows[0].n,
      );
    await until(async () => (await count('succeeded')) + (await count('failed')) === RUNS, {
      withinMs: 120_000,
      everyMs: 250,
      what: 'the end of all runs',
    });
    const keys = app.effects().map((effect) => (effect as { key: string }).key);
    expect(new Set(keys).size).toBe(keys.length);
    const { rows } = await app.engine.pool.query<{ outcome: string | null }>(
      `select error->'details'->>'outcome' as outcome from clankerbot.flow_runs where status = 'failed'`,
    );
    // Their answer could not be written down before the connection was gone for long: nobody can know.
    expect(rows.filter((row) => row.outcome !== 'unknown')).toEqual([]);
    expect(keys.length).toBeGreaterThanOrEqual((RUNS - rows.length) * 2);
  }, 180_000);

  /** Asks again under the same key until it is answered, as a caller does. */
  async function startAll(flowId: string): Promise<void> {
    let next = 0;
    const one = async (): Promise<void> => {
      for (let n = next++; n < RUNS; n = next++) {
        await until(
          async () => {
            const response = await request(app.url)
              .post(`/flows/${flowId}/run`)
              .set('Idempotency-Key', `run-${n}`)
              .send({ payload: { n } })
              .catch(() => undefined);
            return response?.status === 202;
          },
          { withinMs: 60_000, everyMs: 200, what: `run ${n} to be taken` },
        );
      }
    };
    await Promise.all(Array.from({ length: 8 }, one));
  }
});
