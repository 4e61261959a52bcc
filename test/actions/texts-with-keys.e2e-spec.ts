import request from 'supertest';
import { JournalRetention } from '../../src/actions/journal-retention.js';
import { type ActionsApp, startActionsApp } from '../support/actions-app.js';
import * as model from '../support/fake-model.js';
import { until } from '../support/until.js';

const WRITE = 'clockify.anything_goes body=@{"password":"SECRETKILL"}';
/** What a model read is carried out for it at once. */
const TRUSTING = 'a-key-that-trusts-0001';
const READ = 'clockify.list_workspaces';
const WORKSPACE = '64a687e29ae1f428e7ebe303';
const SAID = { text: `create a client named Acme, note "token=SECRETKILL", in ${WORKSPACE}`, llm: true };
const CREATES = model.calls('clockify__create_client', {
  workspaceId: WORKSPACE,
  name: 'Acme',
  note: 'token=SECRETKILL',
});

interface Run {
  operation: string | null;
  outcome: string;
  params: unknown;
}

describe('a text that is run with a key', () => {
  let service: ActionsApp;
  let server: model.FakeModel;
  let key = '';
  let keys = 0;
  beforeAll(async () => {
    server = await model.startFakeModel();
    service = await startActionsApp({
      env: {
        DEEPSEEK_API_KEY: 'sk-model-secret-0001',
        LLM_BASE_URL: server.url,
        API_KEYS: `bot:operator+trustModel:${TRUSTING}`,
      },
    });
  });
  afterAll(async () => {
    await service.close();
    await server.close();
  });
  beforeEach(async () => {
    key = `text-${++keys}`;
    service.fake.calls.length = 0;
    service.fake.onExecute = async () => ({ id: 'new' });
    server.received.length = 0;
    server.replies.splice(0, Infinity, CREATES);
    await service.engine.pool.query('truncate clankerbot.action_runs');
  });

  const run = (body: object) =>
    request(service.url)
      .post('/actions/run')
      .set('X-Api-Key', TRUSTING)
      .set('Idempotency-Key', key)
      .send(body);
  const journal = async (filter = ''): Promise<Run[]> => {
    const { body } = await request(service.url)
      .get(`/actions/runs?${filter}`)
      .set('X-Api-Key', TRUSTING)
      .expect(200);
    return body.data.items as Run[];
  };
  const rows = async (): Promise<string> =>
    JSON.stringify((await service.engine.pool.query('select * from clankerbot.action_runs')).rows);
  /** What the row of a killed process looks like, once it has been settled. */
  const kill = async (): Promise<void> => {
    await service.engine.pool.query(
      `update clankerbot.action_runs set owner = 'dead', lease_until = now() - interval '1 second'`,
    );
    await service.app.get(JournalRetention).sweep();
  };
  /** Starts a run that hangs in its call; answers how to end it. */
  const hanging = async (body: object): Promise<() => Promise<unknown>> => {
    const gate = Promise.withResolvers<object>();
    service.fake.onExecute = () => gate.promise as Promise<unknown>;
    const answered = run(body).then((response) => response.status);
    answered.catch(() => undefined); // Of a test that failed meanwhile.
    await until(() => service.fake.calls.length === 1);
    service.fake.onExecute = async () => ({ id: 'second' });
    return async () => (gate.resolve({ id: 'first' }), answered);
  };

  it.each([
    ['by rule', { text: WRITE }, 'anything_goes', { body: { password: '[redacted]' } }],
    [
      'by a model',
      SAID,
      'create_client',
      { workspaceId: WORKSPACE, body: { name: 'Acme', note: expect.stringContaining('redacted') } },
    ],
  ])('read %s is on record with its operation while it runs', async (_how, body, operation, params) => {
    const end = await hanging(body);
    expect(await journal(`integration=clockify&operation=${operation}`)).toMatchObject([
      { outcome: 'running', isWrite: true, params },
    ]);
    expect(await rows()).not.toContain('SECRETKILL');
    await kill();
    expect(await journal(`operation=${operation}`)).toMatchObject([{ outcome: 'unknown', params }]);
    expect((await run(body).expect(502)).body.error.details.outcome).toBe('unknown');
    expect(service.fake.calls).toHaveLength(1);
    await end();
  });

  it('of which a read was killed is carried out anew', async () => {
    const end = await hanging({ text: READ });
    await kill();
    await run({ text: READ }).expect(200);
    expect(service.fake.calls).toHaveLength(2);
    await end();
  });

  it('stays alive while it runs after a model has read it', async () => {
    const end = await hanging(SAID);
    const { rows: leases } = await service.engine.pool.query(
      'select lease_until > now() as "isLeased" from clankerbot.action_runs',
    );
    expect(leases).toEqual([{ isLeased: true }]);
    await end();
  });

  it('is answered as the first time, although it could not be read any more', async () => {
    const first = await run({ text: READ }).expect(200);
    const { find } = service.fake;
    service.fake.find = () => undefined;
    const again = await run({ text: READ }).expect(200);
    service.fake.find = find;
    expect(again.headers['x-run-id']).toBe(first.headers['x-run-id']);
  });

  describe('while a model reads it', () => {
    let answer: () => void;
    const begin = async (): Promise<{ answered: Promise<request.Response> }> => {
      const gate = Promise.withResolvers<void>();
      answer = gate.resolve;
      server.replies.splice(0, Infinity, (response, body) => {
        void gate.promise.then(() => CREATES(response, body));
      });
      const answered = run(SAID).then((response) => response);
      answered.catch(() => undefined);
      await until(() => server.received.length === 1);
      return { answered };
    };

    it('is on record without its words', async () => {
      const { answered } = await begin();
      expect(await journal()).toMatchObject([{ operation: null, outcome: 'running', params: {} }]);
      expect(await rows()).not.toContain('SECRETKILL');
      answer();
      expect((await answered).status).toBe(200);
    });

    it('and its process is killed, has done nothing, and is read and run anew', async () => {
      const { answered } = await begin();
      await kill();
      expect(await journal()).toMatchObject([{ operation: null, outcome: 'failed' }]);
      server.replies.splice(0, Infinity, CREATES);
      const again = await run(SAID).expect(200);
      expect(again.headers['idempotency-replayed']).toBeUndefined();
      // The first process was only taken for dead: it must not do a second time what the other one did.
      answer();
      const late = await answered;
      expect([late.status, late.body.error.code]).toEqual([409, 'conflict']);
      expect(service.fake.calls).toHaveLength(1);
      expect(await journal()).toMatchObject([{ operation: 'create_client', outcome: 'succeeded' }]);
    });

    it('is waited for by its repeats, which are given the one answer', async () => {
      const { answered } = await begin();
      const repeat = run(SAID).then((response) => response.body.id as unknown);
      answer();
      expect([(await answered).body.id, await repeat]).toEqual(['new', 'new']);
      expect(server.received).toHaveLength(1);
      expect(service.fake.calls).toHaveLength(1);
    });
  });
});
