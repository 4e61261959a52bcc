import { SystemClock } from '../../../clock/clock.js';
import { startClockify, type TestClockify } from '../../../../test/support/clockify.js';
import {
  type Handler,
  sendJson,
  startHttpServer,
  type TestServer,
} from '../../../../test/support/http-server.js';
import { ShiftedClock } from '../../../../test/support/shifted-clock.js';
import { takesLessThan } from '../../../../test/support/takes-less-than.js';
import { type BudgetStore, type Lease, MemoryBudgetStore } from '../../budget/budget-store.js';

describe('before every call to Clockify', () => {
  let server: TestServer;
  let answer: Handler;
  let clockify: TestClockify | undefined;
  const ok: Handler = (_request, response) => sendJson(response, { id: 'x' });
  beforeAll(async () => {
    server = await startHttpServer((request, response) => answer(request, response));
  });
  beforeEach(() => {
    answer = ok;
    server.received.length = 0;
  });
  afterEach(async () => {
    await clockify?.close();
    clockify = undefined;
  });
  afterAll(() => server.close());

  describe('the circuit breaker', () => {
    it('stops calls to a host that stays down, host by host, until one gets through', async () => {
      const clock = new ShiftedClock();
      clockify = await startClockify(server.url, { CLOCKIFY_ATTEMPTS: '1' }, { clock });
      answer = (request, response) => sendJson(response, {}, request.url.startsWith('/api') ? 503 : 200);
      for (let i = 0; i < 5; i++) {
        await clockify.refusal('get_user');
        clock.forward(1_000);
      }
      expect(await clockify.refusal('get_user')).toMatchObject({
        code: 'upstream_error',
        outcome: 'none',
        retryAfterSeconds: expect.any(Number),
      });
      expect(server.received).toHaveLength(5);
      expect(await clockify.metrics()).toContain('clockify_breaker_open{host="core"} 1');
      expect(await clockify.metrics()).toContain('clockify_breaker_open{host="reports"} 0');
      await clockify.run('list_shared_reports', { workspaceId: 'w' });
      expect(server.received).toHaveLength(6);

      answer = ok;
      clock.forward(20_000);
      await clockify.run('get_user');
      await clockify.run('get_user');
      expect(await clockify.metrics()).toContain('clockify_breaker_open{host="core"} 0');
    });

    it('does not mind refusals', async () => {
      const clock = new ShiftedClock();
      clockify = await startClockify(server.url, {}, { clock });
      answer = (_request, response) => sendJson(response, {}, 404);
      for (let i = 0; i < 10; i++) {
        expect(await clockify.refusal('get_user')).toMatchObject({ code: 'not_found' });
        clock.forward(1_000);
      }
    });
  });

  describe('the request budget', () => {
    it('lets through what an hour permits, and then says when to come back', async () => {
      clockify = await startClockify(server.url, { CLOCKIFY_REQUESTS_PER_HOUR: '3' });
      for (let i = 0; i < 3; i++) await clockify.run('get_user');
      expect(await clockify.refusal('get_user')).toMatchObject({
        code: 'rate_limited',
        status: 429,
        outcome: 'none',
      });
      expect(server.received).toHaveLength(3);
    });

    it('counts repeated attempts too', async () => {
      clockify = await startClockify(server.url, { CLOCKIFY_REQUESTS_PER_HOUR: '2' });
      answer = (_request, response) => sendJson(response, {}, 500);
      expect(await clockify.refusal('get_user')).toMatchObject({ code: 'rate_limited' });
      expect(server.received).toHaveLength(2);
    });

    it.each<[string, () => Promise<Lease>]>([
      ['fails', () => Promise.reject(new Error('no database'))],
      ['does not answer', () => new Promise(() => undefined)],
    ])('is counted in this process while the database %s', async (_name, lease) => {
      const store: BudgetStore = { lease };
      await takesLessThan(4_000, async () => {
        server.received.length = 0;
        await clockify?.close();
        clockify = await startClockify(server.url, { CLOCKIFY_REQUESTS_PER_SECOND: '50' }, { store });
        for (let i = 0; i < 20; i++) await clockify.run('get_user');
        expect(server.received).toHaveLength(20);
      });
    });

    it('is asked less than once a call', async () => {
      let leases = 0;
      const memory = new MemoryBudgetStore(new SystemClock());
      const store: BudgetStore = {
        lease: (name, request) => {
          leases += 1;
          return memory.lease(name, request);
        },
      };
      clockify = await startClockify(server.url, { CLOCKIFY_REQUESTS_PER_SECOND: '1000' }, { store });
      for (let i = 0; i < 100; i++) await clockify.run('get_user');
      expect(leases).toBeLessThan(20);
    });
  });
});
