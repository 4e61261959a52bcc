import { setTimeout as delay } from 'node:timers/promises';
import request from 'supertest';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { type FakeSlack, SLACK_TOKEN, startFakeSlack } from '../support/fake-slack.js';
import { startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const RUNS = 40;
const STEPS = 4;
const KILLS = 3;

interface Run {
  id: string;
  status: string;
  error: { details?: { outcome?: string } } | null;
}

describeOnPostgres('flows on a service that is killed again and again', () => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let slack: FakeSlack;
  beforeAll(async () => {
    database = await createPostgresDatabase();
    slack = await startFakeSlack();
  });
  afterAll(async () => {
    await stopAllServices();
    await slack.close();
    await database.drop();
  });

  it('lose no run, and say nothing twice', async () => {
    const env = {
      DATABASE_URL: database.url,
      RATE_LIMIT_PER_MINUTE: '100000',
      FLOW_LEASE_SECONDS: '2',
      SLACK_BOT_TOKEN: SLACK_TOKEN,
      SLACK_BASE_URL: slack.baseUrl,
    };
    let service = await startService(env);
    await service.untilReady(60_000);
    const post = (n: number) => ({
      id: `s${n}`,
      action: 'slack.post_message',
      params: { channel: '#x', text: `{{ payload.n }}/${n}` },
    });
    const steps = Array.from({ length: STEPS }, (_, n) => post(n)).flatMap((step, n) =>
      n === 1 ? [{ id: 'pause', wait: 'PT1S' }, step] : [step],
    );
    const flow = await request(service.url).post('/flows').send({ name: 'Sayer', steps }).expect(201);
    const id = flow.body.data.id as string;
    for (let n = 0; n < RUNS; n++) {
      await request(service.url).post(`/flows/${id}/run`).send({ payload: { n } }).expect(202);
    }
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(300 + kill * 400);
      await service.stop('SIGKILL');
      service = await startService(env);
      await service.untilReady(60_000);
    }
    const runs = async (): Promise<Run[]> =>
      (await request(service.url).get(`/flows/${id}/runs?limit=200`).expect(200)).body.data.items;
    await until(async () => (await runs()).every((run) => ['succeeded', 'failed'].includes(run.status)), {
      withinMs: 90_000,
      everyMs: 250,
      what: 'the end of all runs',
    });
    const all = await runs();
    expect(all).toHaveLength(RUNS);
    const said = slack.messages.map((message) => String(message['text']));
    expect(new Set(said).size).toBe(said.length);
    const failed = all.filter((run) => run.status === 'failed');
    // Cut off in the middle of a call that nobody can know the end of: left for a person to look at.
    expect(failed.filter((run) => run.error?.details?.outcome !== 'unknown')).toEqual([]);
    expect(said.length).toBeGreaterThanOrEqual((RUNS - failed.length) * STEPS);
  }, 180_000);
});
