import { startClockify, type TestClockify } from '../../../test/support/clockify.js';
import {
  type Handler,
  sendJson,
  startHttpServer,
  type TestServer,
} from '../../../test/support/http-server.js';
import { until } from '../../../test/support/until.js';
import type { BudgetStore } from '../budget/budget-store.js';
import { IntegrationError } from '../integration-error.js';

const WRITE = ['create_client', { workspaceId: 'w', body: { name: 'Acme' } }] as const;

/** A permit that the test takes away, and that comes back when it is asked for where the test permits that. */
function permit(canRenew = false) {
  const state = {
    isHeld: true,
    renewals: 0,
    async renew() {
      state.renewals++;
      if (!canRenew) throw new IntegrationError('unavailable', 'It is gone');
      state.isHeld = true;
    },
  };
  return state;
}

describe('a write to Clockify whose permit runs out', () => {
  let server: TestServer;
  let answers: Handler[];
  let clockify: TestClockify | undefined;
  const ok: Handler = ({ method }, response) => sendJson(response, method === 'GET' ? [] : { id: 'x' });
  const busy: Handler = (_request, response) => sendJson(response, {}, 429, { 'retry-after': '1' });
  const cut: Handler = (_request, response) => void response.socket?.destroy();
  const writes = (): number => server.received.filter(({ method }) => method === 'POST').length;
  const looks = (): number => server.received.filter(({ method }) => method === 'GET').length;

  beforeAll(async () => {
    server = await startHttpServer((request, response) => (answers.shift() ?? ok)(request, response));
  });
  beforeEach(() => {
    answers = [];
    server.received.length = 0;
  });
  afterEach(() => clockify?.close());
  afterAll(() => server.close());

  it('while it waits as long as a 429 says is not sent again', async () => {
    clockify = await startClockify(server.url);
    answers = [busy];
    const held = permit();
    const sent = clockify.refusal(...WRITE, { permit: held });
    await until(() => writes() === 1);
    held.isHeld = false;
    expect(await sent).toMatchObject({ code: 'unavailable', outcome: 'none' });
    expect([writes(), held.renewals]).toEqual([1, 1]);
  });

  it('while it waits is sent once the permit is there again', async () => {
    clockify = await startClockify(server.url);
    answers = [busy];
    const held = permit(true);
    const sent = clockify.run(...WRITE, { permit: held });
    await until(() => writes() === 1);
    held.isHeld = false;
    expect(await sent).toEqual({ id: 'x' });
    expect([writes(), held.renewals]).toEqual([2, 1]);
  });

  it('while it waits for the budget is not sent', async () => {
    const granted = Promise.withResolvers<{ granted: number; waitMs: number }>();
    const store: BudgetStore = { lease: () => granted.promise };
    clockify = await startClockify(server.url, { CLOCKIFY_REQUESTS_PER_SECOND: '5' }, { store });
    const held = permit();
    const sent = clockify.refusal(...WRITE, { permit: held });
    held.isHeld = false;
    granted.resolve({ granted: 1, waitMs: 0 });
    expect(await sent).toMatchObject({ code: 'unavailable' });
    expect(writes()).toBe(0);
  });

  it('while its lost answer is looked for is not repeated; the looks themselves need no permit', async () => {
    clockify = await startClockify(server.url);
    const held = permit();
    answers = [
      cut,
      (request, response) => {
        held.isHeld = false;
        ok(request, response);
      },
    ];
    expect(await clockify.refusal(...WRITE, { permit: held })).toMatchObject({ code: 'unavailable' });
    expect(writes()).toBe(1);
    expect(looks()).toBeGreaterThan(1);
  });
});
