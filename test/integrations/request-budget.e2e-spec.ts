import request from 'supertest';
import { SystemClock } from '../../src/clock/clock.js';
import { RequestBudget } from '../../src/integrations/budget/request-budget.js';
import { RequestBudgetRepository } from '../../src/integrations/budget/request-budget.repository.js';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestEngine, openTestDatabase, type TestDatabase } from '../support/database.js';

const HOUR_MS = 3_600_000;

describe('a request budget in the database', () => {
  let database: TestDatabase;
  let repository: RequestBudgetRepository;
  beforeAll(async () => {
    database = await openTestDatabase();
    repository = new RequestBudgetRepository(database.db);
  });
  beforeEach(() => database.truncate());
  afterAll(() => database.close());

  const leased = { limit: 30, windowMs: HOUR_MS, wanted: 20, isBackground: false };

  it('is one for all who lease under its name', async () => {
    expect(await repository.lease('a', leased)).toMatchObject({ granted: 20 });
    expect(await repository.lease('a', leased)).toMatchObject({ granted: 10 });
    const refused = await repository.lease('a', leased);
    expect(refused.granted).toBe(0);
    expect(refused.waitMs).toBeGreaterThan(HOUR_MS - 60_000);
    expect(await repository.lease('b', leased)).toMatchObject({ granted: 20 });
  });

  it('grants no more than the limit to many who ask at the same time, the first ever included', async () => {
    const leases = await Promise.all(
      Array.from({ length: 20 }, () => repository.lease('c', { ...leased, wanted: 2 })),
    );
    expect(leases.reduce((sum, { granted }) => sum + granted, 0)).toBe(30);
  });

  it('is not forgotten by a restart: 30 an hour are 30, however many processes there were', async () => {
    let sent = 0;
    for (let process = 0; process < 3; process++) {
      const budget = new RequestBudget(
        repository,
        { name: 'd', limit: 30, windowMs: HOUR_MS, maxWaitMs: 1000 },
        new SystemClock(),
      );
      for (let call = 0; call < 15; call++) {
        await budget.take({ priority: 'interactive' }).then(
          () => (sent += 1),
          (error: unknown) => expect(error).toMatchObject({ code: 'rate_limited' }),
        );
      }
    }
    // What a process held ahead when it ended is lost, not spent.
    expect(sent).toBeLessThanOrEqual(30);
    expect(sent).toBeGreaterThanOrEqual(27);
  });
});

describe('two replicas on one database', () => {
  it('send together what an hour permits, and tell everybody else when to come back', async () => {
    const sandbox = new ClockifySandbox();
    await sandbox.start();
    const { engine, drop } = await createTestEngine();
    const env = {
      ...sandbox.environment,
      CLOCKIFY_REQUESTS_PER_HOUR: '12',
      RATE_LIMIT_PER_MINUTE: '100000',
    };
    const replicas = [await startTestApp({ env, engine }), await startTestApp({ env, engine })];
    const run = (replica: TestApp) =>
      request(replica.url)
        .post('/actions/run')
        .send({ integration: 'clockify', operation: 'get_user', params: {} });
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => run(replicas[i % 2] as TestApp)));
    const sent = answers.filter((answer) => answer.status === 200);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(sent.length + refused.length).toBe(30);
    expect(sandbox.requests.all).toHaveLength(sent.length);
    // Each replica may still hold one permit that nobody asked it for.
    expect(sent.length).toBeLessThanOrEqual(12);
    expect(sent.length).toBeGreaterThanOrEqual(10);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(3_000);
    for (const replica of replicas) await replica.close();
    await drop();
    await sandbox.stop();
  });
});
