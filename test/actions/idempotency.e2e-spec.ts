import { jest } from '@jest/globals';
import request from 'supertest';
import { ActionRunsRepository } from '../../src/actions/action-runs.repository.js';
import { RunJournal } from '../../src/actions/run-journal.js';
import { JournalRetention } from '../../src/actions/journal-retention.js';
import { Clock } from '../../src/clock/clock.js';
import { IntegrationError } from '../../src/integrations/integration-error.js';
import { holdPermit } from '../../src/integrations/send-permit.js';
import { type ActionsApp, startActionsApp } from '../support/actions-app.js';
import { MovedClock } from '../support/moved-clock.js';
import { createTestEngine, describeOnPostgres } from '../support/database.js';
import { until } from '../support/until.js';
import { lostAnswer } from '../support/fake-integration.js';

const ACTION = {
  integration: 'clockify',
  operation: 'create_client',
  params: { workspaceId: 'w', body: { name: 'Acme' } },
};
const HOUR_MS = 3_600_000;

function post(url: string, key: string, body: object = ACTION) {
  return request(url).post('/actions/run').set('Idempotency-Key', key).send(body);
}

describe('Idempotency-Key', () => {
  let service: ActionsApp;
  const clock = new MovedClock();
  let key = '';
  let keys = 0;
  beforeAll(async () => {
    service = await startActionsApp({
      env: { API_KEYS: 'a:operator:key-of-a-0001,b:operator:key-of-b-0001', HOST: '127.0.0.1' },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  });
  afterAll(() => service.close());
  beforeEach(() => {
    key = `key-${++keys}`;
    service.fake.calls.length = 0;
    let created = 0;
    service.fake.onExecute = async () => ({ id: `client-${++created}` });
  });

  const run = (body: object = ACTION, who = 'a') =>
    post(service.url, key, body).set('Authorization', `Bearer key-of-${who}-0001`);

  it('runs once and gives every repeat the first answer, under its own request id', async () => {
    const first = await run().expect(200);
    const again = await run({ ...ACTION, params: { body: { name: 'Acme' }, workspaceId: 'w' } }).expect(200);
    expect(again.body).toEqual({ ...first.body, requestId: expect.any(String) });
    expect(again.body.requestId).not.toBe(first.body.requestId);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['x-run-id']).toBe(first.headers['x-run-id']);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(service.fake.calls).toHaveLength(1);
  });

  it('replays a list under its plural name', async () => {
    service.fake.onExecute = async () => [{ id: '1' }];
    const body = { integration: 'clockify', operation: 'list_workspaces' };
    const first = await run(body).expect(200);
    const again = await run(body).expect(200);
    expect(again.body).toEqual({ ...first.body, requestId: expect.any(String) });
    expect(again.body.workspaces).toEqual([{ id: '1' }]);
  });

  it('refuses the key for another request', async () => {
    await run().expect(200);
    const response = await run({ ...ACTION, params: { workspaceId: 'w', name: 'Other' } }).expect(409);
    expect(response.body.error.code).toBe('conflict');
    await run({ text: 'clockify.get_user' }).expect(409);
    expect(service.fake.calls).toHaveLength(1);
  });

  it('takes a text for the same request only with the same zone', async () => {
    const text = { text: 'clockify.create_client workspaceId=w name=Acme' };
    await run({ ...text, timeZone: 'Europe/Paris' }).expect(200);
    for (const other of [{ ...text, timeZone: 'Asia/Tokyo' }, text, { ...text, llm: true }]) {
      expect((await run(other).expect(409)).body.error.code).toBe('conflict');
    }
    const again = await run({ llm: false, timeZone: 'Europe/Paris', ...text }).expect(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(service.fake.calls).toHaveLength(1);
  });

  it('answers no mix of text and action, with a key that is taken as without', async () => {
    const text = { text: 'clockify.create_client workspaceId=w name=Acme' };
    await run(text).expect(200);
    for (const part of [{ integration: 'slack' }, { operation: 'x' }, { params: {} }]) {
      expect((await run({ ...text, ...part }).expect(400)).body.error.code).toBe('validation_error');
    }
  });

  it('keeps the keys of callers apart', async () => {
    await run().expect(200);
    const other = await run({ ...ACTION, params: { workspaceId: 'w', name: 'Other' } }, 'b').expect(200);
    expect(other.headers['idempotency-replayed']).toBeUndefined();
    expect(service.fake.calls).toHaveLength(2);
  });

  it('has those that come at the same time wait for the one that runs', async () => {
    const gate = Promise.withResolvers<void>();
    service.fake.onExecute = async () => {
      await gate.promise;
      return { id: 'only' };
    };
    const looks = jest.spyOn(service.app.get(ActionRunsRepository), 'findHolder');
    const waiting = Array.from({ length: 10 }, () => run().then((response) => response.body.id as unknown));
    // While it still runs each of the others has looked whether it does.
    await until(() => service.fake.calls.length === 1 && looks.mock.calls.length >= 9);
    looks.mockRestore();
    gate.resolve();
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 10 }, () => 'only'));
    expect(service.fake.calls).toHaveLength(1);
  });

  it('keeps an unknown outcome: a write that may have had its effect is not sent again', async () => {
    service.fake.onExecute = async () => {
      throw lostAnswer();
    };
    const first = await run().expect(502);
    const again = await run().expect(502);
    expect(again.body.error).toEqual(first.body.error);
    expect(again.body.error.details.outcome).toBe('unknown');
    expect(service.fake.calls).toHaveLength(1);
  });

  it('keeps a refusal by the upstream', async () => {
    service.fake.onExecute = async () => {
      throw new IntegrationError('validation_error', 'No such workspace', { upstreamStatus: 400 });
    };
    await run().expect(400);
    await run().expect(400);
    expect(service.fake.calls).toHaveLength(1);
  });

  it('gives the key back after a failure that had no effect and may pass', async () => {
    service.fake.onExecute = async () => {
      throw new IntegrationError('rate_limited', 'Too many requests', { outcome: 'none' });
    };
    await run().expect(429);
    service.fake.onExecute = async () => ({ id: 'second' });
    expect((await run().expect(200)).body.id).toBe('second');
  });

  it('lets who has waited for a key send, although leases were renewed meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    service.fake.onExecute = async () => {
      await gate.promise;
      throw new IntegrationError('rate_limited', 'Too many requests', { outcome: 'none' });
    };
    const first = run().then((response) => response.status);
    await until(() => service.fake.calls.length === 1);
    const repository = service.app.get(ActionRunsRepository);
    const looks = jest.spyOn(repository, 'findHolder');
    const second = run().then((response) => [response.status, response.body.id as unknown]);
    await until(() => looks.mock.calls.length > 0);
    await service.app.get(RunJournal).beat();
    service.fake.onExecute = async (_operation, _params, context) => {
      await holdPermit(context);
      return { id: 'second' };
    };
    gate.resolve();
    expect([await first, await second]).toEqual([429, [200, 'second']]);
    looks.mockRestore();
  });

  it('does not take the key for a request that is refused before it runs', async () => {
    await run({ ...ACTION, params: {} }).expect(400);
    await run({ text: 'nonsense' }).expect(400);
    await run().expect(200);
    expect(service.fake.calls).toHaveLength(1);
  });

  it('covers parsing: a repeated text is not read again', async () => {
    const text = { text: 'clockify.create_client workspaceId=w name=Acme' };
    const first = await run(text).expect(200);
    const again = await run(text).expect(200);
    expect(again.body.id).toBe(first.body.id);
    expect(service.fake.calls).toHaveLength(1);
    const shown = await request(service.url)
      .get(`/actions/runs/${first.headers['x-run-id']}`)
      .set('Authorization', 'Bearer key-of-a-0001');
    expect(shown.body.data).toMatchObject({ operation: 'create_client', idempotencyKey: key, caller: 'a' });
  });

  it('forgets the key after 24 hours', async () => {
    await run().expect(200);
    clock.offsetMs += 23 * HOUR_MS;
    expect((await run().expect(200)).headers['idempotency-replayed']).toBe('true');
    clock.offsetMs += 2 * HOUR_MS;
    expect((await run().expect(200)).headers['idempotency-replayed']).toBeUndefined();
    clock.offsetMs += 25 * HOUR_MS;
    await service.app.get(JournalRetention).sweep();
    const { rows } = await service.engine.pool.query(
      'select 1 from clankerbot.action_runs where answer is not null',
    );
    expect(rows).toEqual([]);
  });

  it.each(['', ' ', 'a b', 'é', 'x'.repeat(256)])('refuses the key %j', async (bad) => {
    const response = await fetch(`${service.url}/actions/run`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Idempotency-Key': bad,
        Authorization: 'Bearer key-of-a-0001',
      },
      body: JSON.stringify(ACTION),
    });
    expect(response.status).toBe(400);
    expect(service.fake.calls).toEqual([]);
  });

  it('knows the keys of a caller whose entry stood elsewhere in API_KEYS when they were used', async () => {
    const first = await run().expect(200);
    // As releases wrote it that went by the place.
    await service.engine.pool.query(`update clankerbot.action_runs set caller_id = 'a#2'`);
    const again = await run().expect(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body.id).toBe(first.body.id);
    expect(service.fake.calls).toHaveLength(1);
  });

  describe('after the process that held it was killed', () => {
    const orphan = async (operation: 'create_client' | 'list_workspaces') => {
      const body = operation === 'create_client' ? ACTION : { integration: 'clockify', operation };
      const stuck = Promise.withResolvers<never>();
      service.fake.onExecute = () => stuck.promise;
      const lost = run(body).then((response) => response.status);
      await until(() => service.fake.calls.length === 1);
      // What the row of a killed process looks like: another owner, and a lease that nobody renews.
      await service.engine.pool.query(
        `update clankerbot.action_runs set owner = 'dead', lease_until = now() - interval '1 second'
         where idempotency_key = $1`,
        [key],
      );
      return { body, endLost: async () => (stuck.reject(lostAnswer()), lost) };
    };

    it('says that the outcome of its write is unknown, and does not send it again', async () => {
      const { body, endLost } = await orphan('create_client');
      service.fake.onExecute = async () => ({ id: 'second' });
      const response = await run(body).expect(502);
      expect(response.body.error).toMatchObject({ code: 'upstream_error', details: { outcome: 'unknown' } });
      await run(body).expect(502);
      expect(service.fake.calls).toHaveLength(1);
      await endLost();
    });

    it('does a write again that is declared harmless to repeat, as a repetition of the same call', async () => {
      service.fake.repeatable.add('create_client');
      const { body, endLost } = await orphan('create_client');
      service.fake.onExecute = async () => ({ id: 'second' });
      expect((await run(body).expect(200)).body.id).toBe('second');
      const [first, again] = service.fake.calls.map(({ context }) => context.repetitionKey);
      expect(again).toBe(first);
      await endLost();
      service.fake.repeatable.clear();
    });

    it('runs its read again', async () => {
      const { body, endLost } = await orphan('list_workspaces');
      service.fake.onExecute = async () => [];
      await run(body).expect(200);
      expect(service.fake.calls).toHaveLength(2);
      await endLost();
    });
  });

  it('ends unkeyed runs of a killed process as unknown when it sweeps', async () => {
    await service.engine.pool.query('truncate clankerbot.action_runs');
    await run().expect(200);
    await service.engine.pool.query(
      `update clankerbot.action_runs set outcome = 'running', owner = 'dead', lease_until = now() - interval '1 second',
       idempotency_key = null, answer = null, key_expires_at = null`,
    );
    await service.app.get(JournalRetention).sweep();
    const { rows } = await service.engine.pool.query(
      'select outcome, finished_at from clankerbot.action_runs',
    );
    expect(rows).toEqual([{ outcome: 'unknown', finished_at: expect.any(Date) }]);
  });

  it('sends no write that the database cannot take down, and still reads', async () => {
    const repository = service.app.get(ActionRunsRepository);
    const { save } = repository;
    repository.save = async () => {
      throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    };
    const write = await request(service.url)
      .post('/actions/run')
      .set('Authorization', 'Bearer key-of-a-0001')
      .send(ACTION);
    expect(write.status).toBe(503);
    expect(write.body.error.code).toBe('unavailable');
    expect(service.fake.calls).toEqual([]);
    await request(service.url)
      .post('/actions/run')
      .set('Authorization', 'Bearer key-of-a-0001')
      .send({ integration: 'clockify', operation: 'get_user' })
      .expect(200);
    repository.save = save;
  });

  it('answers a run whose outcome the database cannot take, and writes it once it can', async () => {
    const repository = service.app.get(ActionRunsRepository);
    const save = repository.save.bind(repository);
    let isAway = true;
    repository.save = async (runs) => {
      if (isAway && runs.some((r) => r.outcome !== 'running')) {
        throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      }
      return save(runs);
    };
    const response = await run().expect(200);
    isAway = false;
    await service.app.get(RunJournal).beat();
    repository.save = save;
    const again = await run().expect(200);
    expect(again.body.id).toBe(response.body.id);
    expect(service.fake.calls).toHaveLength(1);
  });
});

describe('an answer kept for a key', () => {
  it('is sealed where there is an ENCRYPTION_KEY', async () => {
    const service = await startActionsApp({ env: { ENCRYPTION_KEY: '0f'.repeat(32) } });
    service.fake.onExecute = async () => ({ id: 'webhook-1', authToken: 'very-secret-token' });
    await post(service.url, 'sealed').expect(200);
    const { rows } = await service.engine.pool.query('select * from clankerbot.action_runs');
    expect(JSON.stringify(rows)).not.toContain('very-secret-token');
    const again = await post(service.url, 'sealed').expect(200);
    expect(again.body).toMatchObject({ id: 'webhook-1', authToken: 'very-secret-token' });
    await service.engine.pool.query("update clankerbot.action_runs set answer = 'v1.' || repeat('A', 80)");
    expect((await post(service.url, 'sealed').expect(409)).body.error.code).toBe('conflict');
    expect(service.fake.calls).toHaveLength(1);
    await service.close();
  });
});

describeOnPostgres('Idempotency-Key over two replicas', () => {
  it('runs once, whichever replicas are asked, and survives a restart of both', async () => {
    const { engine, url, drop } = await createTestEngine();
    const { PostgresEngine } = await import('../../src/storage/postgres-engine.js');
    const connect = () => new PostgresEngine({ url: url ?? '', poolSize: 5, onError: () => undefined });
    const one = await startActionsApp({ engine });
    const two = await startActionsApp({ engine: connect() }, one.fake);
    let created = 0;
    one.fake.onExecute = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { id: `client-${++created}` };
    };
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => post(i % 2 ? one.url : two.url, `key-${i % 6}`)),
    );
    expect(answers.map((a) => a.status)).toEqual(answers.map(() => 200));
    expect(one.fake.calls).toHaveLength(6);
    for (let k = 0; k < 6; k++) {
      const ids = answers.filter((_, i) => i % 6 === k).map((a) => a.body.id as unknown);
      expect(new Set(ids).size).toBe(1);
    }
    await one.close();
    await two.close();
    const three = await startActionsApp({ engine: connect() }, one.fake);
    await post(three.url, 'key-0').expect(200);
    expect(one.fake.calls).toHaveLength(6);
    await three.close();
    await drop();
  });
});
