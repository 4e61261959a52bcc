import { SystemClock } from '../../src/clock/clock.js';
import { RequestBudget } from '../../src/integrations/budget/request-budget.js';
import { RequestBudgetRepository } from '../../src/integrations/budget/request-budget.repository.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

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

  const request = { limit: 30, windowMs: HOUR_MS, wanted: 20, isBackground: false };

  it('is one for all who lease under its name', async () => {
    expect(await repository.lease('a', request)).toMatchObject({ granted: 20 });
    expect(await repository.lease('a', request)).toMatchObject({ granted: 10 });
    const refused = await repository.lease('a', request);
    expect(refused.granted).toBe(0);
    expect(refused.waitMs).toBeGreaterThan(HOUR_MS - 60_000);
    expect(await repository.lease('b', request)).toMatchObject({ granted: 20 });
  });

  it('grants no more than the limit to many who ask at the same time, the first ever included', async () => {
    const leases = await Promise.all(
      Array.from({ length: 20 }, () => repository.lease('c', { ...request, wanted: 2 })),
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
