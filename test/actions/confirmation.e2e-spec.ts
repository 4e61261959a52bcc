import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { JournalRetention } from '../../src/actions/journal-retention.js';
import { Clock } from '../../src/clock/clock.js';
import { type ActionsApp, startActionsApp } from '../support/actions-app.js';
import { lostAnswer } from '../support/fake-integration.js';
import * as model from '../support/fake-model.js';
import { MovedClock } from '../support/moved-clock.js';

const WORKSPACE = '64a687e29ae1f428e7ebe303';
const TEXT = `create a client named Acme in ${WORKSPACE}`;
const SAID = { text: TEXT, llm: true };
const CREATES = model.calls('clockify__create_client', { workspaceId: WORKSPACE, name: 'Acme' });
const ACTION = {
  integration: 'clockify',
  operation: 'create_client',
  params: { workspaceId: WORKSPACE, body: { name: 'Acme' } },
};
const ANN = 'the-key-of-ann-0001';
const BOB = 'the-key-of-bob-0001';
const TRUSTING = 'a-key-that-trusts-0001';
const ADMIN = 'the-key-of-the-admin';

describe('a write that a model read', () => {
  let server: model.FakeModel;
  let service: ActionsApp;
  let other: ActionsApp;
  const clock = new MovedClock();
  beforeAll(async () => {
    server = await model.startFakeModel();
    const options = {
      env: {
        DEEPSEEK_API_KEY: 'sk-model-secret-0001',
        LLM_BASE_URL: server.url,
        API_KEYS: `ann:operator:${ANN},bob:operator:${BOB},bot:operator+trustModel:${TRUSTING},root:admin:${ADMIN}`,
        LOG_LEVEL: 'trace',
        ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    } satisfies Parameters<typeof startActionsApp>[0];
    service = await startActionsApp(options);
    // Two replicas on one Postgres; the embedded database serves one process.
    const { engine, fake } = service;
    other = engine.kind === 'postgres' ? await startActionsApp({ ...options, engine }, fake) : service;
  });
  afterAll(async () => {
    if (other !== service) await other.close();
    await service.close();
    await server.close();
  });
  beforeEach(async () => {
    service.fake.calls.length = 0;
    service.fake.onExecute = async () => ({ id: 'new' });
    server.replies.splice(0, Infinity, CREATES);
    await service.engine.pool.query('truncate clankerbot.action_runs, clankerbot.action_confirmations');
  });

  const send = (body: object, { key = ANN, url = service.url, idempotencyKey = '' } = {}) => {
    const call = request(url).post('/actions/run').set('X-Api-Key', key);
    return (idempotencyKey === '' ? call : call.set('Idempotency-Key', idempotencyKey)).send(body);
  };
  const ask = async (key = ANN): Promise<string> =>
    (await send(SAID, { key }).expect(409)).body.error.details.confirm as string;
  const calls = () => service.fake.calls;
  const waiting = async (): Promise<unknown[]> =>
    (await service.engine.pool.query('select * from clankerbot.action_confirmations')).rows;

  it('is not carried out, but shown with a token that carries it out', async () => {
    const { body } = await send(SAID).expect(409);
    expect(body.error).toEqual({
      code: 'confirmation_required',
      message: expect.any(String),
      details: {
        confirm: expect.stringMatching(/^cbc_[\w-]{43}$/),
        expiresAt: expect.any(String),
        ...ACTION,
        request: {
          method: 'POST',
          url: expect.stringContaining('create_client'),
          headers: { accept: 'application/json' },
          body: { name: 'Acme' },
        },
      },
    });
    const inMs = Date.parse(body.error.details.expiresAt) - clock.nowMs();
    expect(Math.abs(inMs - 15 * 60_000)).toBeLessThan(10_000);
    expect(calls()).toEqual([]);
    const asked = server.received.length;
    const done = await send({ confirm: body.error.details.confirm }).expect(200);
    expect(done.body).toMatchObject({ ok: true, id: 'new' });
    expect(calls()).toMatchObject([{ operation: 'create_client', params: ACTION.params }]);
    expect(server.received).toHaveLength(asked);
    expect(await waiting()).toEqual([]);
  });

  it('is carried out as it was shown, whatever the model would say now', async () => {
    const confirm = await ask();
    server.replies.splice(0, Infinity, model.calls('clockify__create_client', { name: 'Evil' }));
    await send({ confirm }).expect(200);
    expect(calls()).toMatchObject([{ params: ACTION.params }]);
  });

  it('is kept sealed, under the hash of its token, which no log has', async () => {
    const confirm = await ask();
    await send({ confirm }, { key: BOB }).expect(409);
    const rows = JSON.stringify(await waiting());
    for (const secret of [confirm, 'Acme']) expect(rows).not.toContain(secret);
    expect(JSON.stringify(service.logs)).not.toContain(confirm);
  });

  it('is refused with one and the same answer for a token that is wrong, used, over or of somebody else', async () => {
    const refusal = async (confirm: string, key = ANN) => {
      const { body } = await send({ confirm }, { key }).expect(409);
      return body.error as unknown;
    };
    const used = await ask();
    await send({ confirm: used }).expect(200);
    const over = await ask();
    clock.offsetMs += 15 * 60_000 + 1_000;
    const anns = await ask();
    const refusals = [
      await refusal(`cbc_${'x'.repeat(43)}`),
      await refusal('x'),
      await refusal(used),
      await refusal(over),
      await refusal(anns, BOB),
    ];
    expect(refusals).toEqual(
      Array.from({ length: 5 }, () => ({
        code: 'conflict',
        message: expect.stringContaining('confirmation'),
      })),
    );
    expect(new Set(refusals.map((error) => JSON.stringify(error))).size).toBe(1);
    expect(calls()).toHaveLength(1);
    // What somebody else tried is still there for whoever it is for.
    await send({ confirm: anns }).expect(200);
  });

  it('is carried out once, of all that confirm it at once, on whichever replica', async () => {
    const confirm = await ask();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_item, i) =>
        send({ confirm }, { url: i % 2 === 0 ? service.url : other.url }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11);
    expect(calls()).toHaveLength(1);
  });

  it('is carried out once with a key, and every repeat of the confirmation is given that answer', async () => {
    const idempotencyKey = 'confirm-1';
    const confirm = await ask();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_item, i) =>
        send({ confirm }, { idempotencyKey, url: i % 2 === 0 ? service.url : other.url }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body.id])).toEqual(answers.map(() => [200, 'new']));
    const again = await send({ confirm }, { idempotencyKey }).expect(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(calls()).toHaveLength(1);
  });

  it('leaves the key of the text free for its confirmation, and that of a wrong confirmation too', async () => {
    const idempotencyKey = 'confirm-2';
    await send({ confirm: 'wrong' }, { idempotencyKey }).expect(409);
    const { body } = await send(SAID, { idempotencyKey }).expect(409);
    expect(body.error.code).toBe('confirmation_required');
    const { confirm } = body.error.details;
    await send({ confirm }, { idempotencyKey }).expect(200);
    await send({ confirm }, { idempotencyKey }).expect(200);
    const text = await send(SAID, { idempotencyKey }).expect(409);
    expect(text.body.error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('another request'),
    });
    expect(calls()).toHaveLength(1);
  });

  it('is not sent again by its token after a failure, and an unknown outcome stays with the key', async () => {
    service.fake.onExecute = async () => Promise.reject(lostAnswer());
    const idempotencyKey = 'confirm-3';
    const confirm = await ask();
    for (let i = 0; i < 2; i++) {
      const lost = await send({ confirm }, { idempotencyKey }).expect(502);
      expect(lost.body.error.details.outcome).toBe('unknown');
    }
    await send({ confirm }).expect(409);
    expect(calls()).toHaveLength(1);
  });

  it('is in the journal once it is confirmed, and not before', async () => {
    const runs = async (): Promise<unknown> =>
      (await request(service.url).get('/actions/runs').set('X-Api-Key', ANN).expect(200)).body.data.items;
    const confirm = await ask();
    expect(await runs()).toEqual([]);
    await send({ confirm }).expect(200);
    expect(await runs()).toMatchObject([{ operation: 'create_client', caller: 'ann', outcome: 'succeeded' }]);
  });

  it('is forgotten when nobody confirms it in time', async () => {
    await ask();
    clock.offsetMs += 15 * 60_000 + 1_000;
    await service.app.get(JournalRetention).sweep();
    expect(await waiting()).toEqual([]);
  });

  it('is carried out at once for a key of the configuration that trusts the model', async () => {
    await send(SAID, { key: TRUSTING }).expect(200);
    expect(calls()).toHaveLength(1);
  });

  it('is carried out at once for a managed key that trusts the model, and for no other', async () => {
    const make = async (body: object) =>
      (await request(service.url).post('/api-keys').set('X-Api-Key', ADMIN).send(body).expect(201)).body.data;
    const trusting = await make({ name: 'trusting', role: 'operator', trustModel: true });
    const careful = await make({ name: 'careful', role: 'operator' });
    expect([trusting.trustModel, careful.trustModel]).toEqual([true, false]);
    await send(SAID, { key: trusting.secret }).expect(200);
    await send(SAID, { key: careful.secret }).expect(409);
    expect(calls()).toHaveLength(1);
  });

  it('is the only thing that is asked about: reads, rules and previews are not', async () => {
    server.replies.splice(0, Infinity, model.calls('clockify__list_workspaces', {}));
    await send({ text: 'show all workspaces', llm: true }).expect(200);
    await send({ text: `clockify.create_client workspaceId=${WORKSPACE} name=Acme` }).expect(200);
    server.replies.splice(0, Infinity, CREATES);
    const shown = await request(service.url)
      .post('/actions/run?dry_run=true')
      .set('X-Api-Key', ANN)
      .send(SAID)
      .expect(200);
    expect(shown.body).toMatchObject({ dryRun: true, operation: 'create_client' });
    expect(await waiting()).toEqual([]);
  });

  it.each([
    { confirm: 'x', text: 'y' },
    { confirm: 'x', integration: 'clockify', operation: 'get_user' },
    { confirm: 5 },
    { confirm: 'x'.repeat(101) },
  ])('is not confirmed by %j', async (body) => {
    expect((await send(body).expect(400)).body.error.code).toBe('validation_error');
  });

  it('is not scheduled either, unless it is sent as it is', async () => {
    const schedule = (body: object, key = ANN) =>
      request(service.url)
        .post('/schedules')
        .set('X-Api-Key', key)
        .send({ cron: '0 9 * * *', ...body });
    const { body } = await schedule(SAID).expect(409);
    expect(body.error).toMatchObject({ code: 'confirmation_required', details: ACTION });
    await schedule(body.error.details).expect(201);
    await schedule(SAID, TRUSTING).expect(201);
    server.replies.splice(0, Infinity, model.calls('clockify__list_workspaces', {}));
    await schedule({ text: 'show all workspaces', llm: true }).expect(201);
  });
});
