import { jest } from '@jest/globals';
import request from 'supertest';
import { KeyUses } from '../../src/access/key-uses.js';
import { Clock } from '../../src/clock/clock.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTestEngine } from '../support/database.js';
import { ProbeModule } from '../support/probe.module.js';
import { takesLessThan } from '../support/takes-less-than.js';
import { until } from '../support/until.js';

const ADMIN = 'the-admin-of-the-test';

class MovedClock extends Clock {
  aheadMs = 0;
  override nowMs(): number {
    return Date.now() + this.aheadMs;
  }
}

describe('managed API keys', () => {
  let service: TestApp;
  const clock = new MovedClock();
  beforeAll(async () => {
    service = await startTestApp({
      imports: [ProbeModule],
      env: { HOST: '0.0.0.0', LOG_LEVEL: 'trace', API_KEYS: `root:admin:${ADMIN}` },
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
    });
  });
  afterAll(() => service.close());

  const asAdmin = (call: request.Test) => call.set('X-Api-Key', ADMIN);
  const create = (body: object) => asAdmin(request(service.url).post('/api-keys')).send(body);
  const revoke = (id: string) => asAdmin(request(service.url).delete(`/api-keys/${id}`));
  const use = (key: string, url = service.url) => request(url).get('/probe/items/1').set('X-Api-Key', key);

  it('are refused at once by the process that revoked them', async () => {
    const { data } = (await create({ name: 'gone', role: 'viewer' }).expect(201)).body;
    const before = await use(data.secret);
    await revoke(data.id);
    const after = await use(data.secret);
    expect([before.status, after.status]).toEqual([200, 401]);
  });

  it('are shown once, valid at once, and known by their hash only', async () => {
    const { data } = (await create({ name: 'ci', role: 'viewer' }).expect(201)).body;
    expect(data).toEqual({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      name: 'ci',
      role: 'viewer',
      trustModel: false,
      scope: null,
      payloads: true,
      state: 'valid',
      secret: expect.stringMatching(/^cbk_[\w-]{43}$/),
      createdAt: expect.any(String),
      createdBy: 'root',
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      revokedBy: null,
    });
    await use(data.secret).expect(200);
    const { secret, ...shown } = data;
    const one = await asAdmin(request(service.url).get(`/api-keys/${data.id}`)).expect(200);
    expect(one.body.data).toEqual(shown);
    const { rows } = await service.engine.pool.query(
      'select row_to_json(k)::text as row from clankerbot.api_keys k',
    );
    expect(JSON.stringify([rows, service.logs])).not.toContain(secret);
  });

  it('have the role they were made with', async () => {
    const { data } = (await create({ name: 'tool', role: 'operator' })).body;
    const list = () => request(service.url).get('/api-keys').set('X-Api-Key', data.secret);
    expect([(await use(data.secret)).status, (await list()).status]).toEqual([200, 403]);
  });

  it('answer alike to the last byte whether unknown, revoked or expired', async () => {
    const revoked = (await create({ name: 'revoked', role: 'viewer' })).body.data;
    await revoke(revoked.id).expect(200);
    const expiresAt = new Date(clock.nowMs() + 60_000).toISOString();
    const expired = (await create({ name: 'expired', role: 'viewer', expiresAt })).body.data;
    await use(expired.secret).expect(200);
    clock.aheadMs += 60_000;
    const answers = [];
    for (const key of [`cbk_${'x'.repeat(43)}`, revoked.secret, expired.secret]) {
      const { body, headers } = await use(key).expect(401);
      const {
        'x-request-id': _id,
        date: _date,
        'ratelimit-remaining': _r,
        'ratelimit-reset': _s,
        ...rest
      } = headers;
      answers.push(JSON.stringify([body.ok, body.error, rest]));
    }
    expect(new Set(answers).size).toBe(1);
  });

  it('say who revoked them and when, and that does not change when it is done again', async () => {
    const { data } = (await create({ name: 'short-lived', role: 'viewer' })).body;
    const first = (await revoke(data.id).expect(200)).body.data;
    expect(first).toMatchObject({ state: 'revoked', revokedBy: 'root', revokedAt: expect.any(String) });
    clock.aheadMs += 5000;
    expect((await revoke(data.id).expect(200)).body.data).toEqual(first);
  });

  it('remember their last use, written late and together', async () => {
    const { data } = (await create({ name: 'used', role: 'viewer' })).body;
    const before = clock.nowMs();
    await use(data.secret).expect(200);
    await service.app.get(KeyUses).write();
    const shown = (await asAdmin(request(service.url).get(`/api-keys/${data.id}`))).body.data;
    expect(Date.parse(shown.lastUsedAt)).toBeGreaterThanOrEqual(before);
    await service.app.get(KeyUses).write();
    await service.engine.pool.query("update clankerbot.api_keys set last_used_at = '2100-01-01'");
    await use(data.secret).expect(200);
    await service.app.get(KeyUses).write();
    const later = (await asAdmin(request(service.url).get(`/api-keys/${data.id}`))).body.data;
    expect(later.lastUsedAt).toBe('2100-01-01T00:00:00.000Z');
  });

  it('have a name of their own, which is free again when its key is revoked or expired', async () => {
    const first = (await create({ name: 'only-one', role: 'viewer' }).expect(201)).body.data;
    const second = await create({ name: 'only-one', role: 'operator' }).expect(409);
    expect(second.body.error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('only-one'),
    });
    await revoke(first.id).expect(200);
    const expiresAt = new Date(clock.nowMs() + 60_000).toISOString();
    const again = (await create({ name: 'only-one', role: 'viewer', expiresAt }).expect(201)).body.data;
    await create({ name: 'only-one', role: 'viewer' }).expect(409);
    clock.aheadMs += 60_000;
    const last = (await create({ name: 'only-one', role: 'viewer' }).expect(201)).body.data;
    expect(new Set([first.id, again.id, last.id]).size).toBe(3);
    expect((await use(first.secret)).status).toBe(401);
  });

  it('are one of each name, however many are made at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, () => create({ name: 'at-once', role: 'viewer' })),
    );
    expect(made.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
  });

  it('have no name of a key of the configuration', async () => {
    const refused = await create({ name: 'root', role: 'viewer' }).expect(409);
    expect(refused.body.error.code).toBe('conflict');
  });

  it('are listed newest first, a page at a time', async () => {
    for (let i = 0; i < 5; i++) await create({ name: `page-${i}`, role: 'viewer' });
    const names: string[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 3; page++) {
      const query: Record<string, string> = { limit: '2', ...(cursor === null ? {} : { cursor }) };
      const { data } = (await asAdmin(request(service.url).get('/api-keys').query(query)).expect(200)).body;
      names.push(...data.items.map((key: { name: string }) => key.name));
      expect(JSON.stringify(data)).not.toContain('secret');
      cursor = data.nextCursor;
    }
    expect(names.slice(0, 5)).toEqual(['page-4', 'page-3', 'page-2', 'page-1', 'page-0']);
  });

  it.each([
    ['no name', { role: 'viewer' }],
    ['the reserved name', { name: 'anonymous', role: 'viewer' }],
    ['a name with a colon', { name: 'a:b', role: 'viewer' }],
    ['a name of 65 characters', { name: 'n'.repeat(65), role: 'viewer' }],
    ['a name that is no text', { name: ['ci'], role: 'viewer' }],
    ['an unknown role', { name: 'ci', role: 'root' }],
    ['an expiry in the past', { name: 'ci', role: 'viewer', expiresAt: '2020-01-01T00:00:00Z' }],
    ['an expiry that is no date', { name: 'ci', role: 'viewer', expiresAt: 'tomorrow' }],
    [
      'an expiry on a day that does not exist',
      { name: 'ci', role: 'viewer', expiresAt: '2099-02-30T00:00:00Z' },
    ],
    ['an expiry without a zone', { name: 'ci', role: 'viewer', expiresAt: '2099-01-01T00:00:00' }],
    ['a scope that binds nothing', { name: 'ci', role: 'viewer', scope: {} }],
    ['a scope with an unknown bound', { name: 'ci', role: 'viewer', scope: { rooms: ['a'] } }],
    ['a bound that is no list', { name: 'ci', role: 'viewer', scope: { flows: 'a' } }],
    ['an operation without its integration', { name: 'ci', role: 'viewer', scope: { operations: ['a'] } }],
    [
      'a bound of 101 names',
      { name: 'ci', role: 'viewer', scope: { sources: Array.from({ length: 101 }, (_, i) => `s${i}`) } },
    ],
    ['a scope for an admin', { name: 'ci', role: 'admin', scope: { sources: ['a'] } }],
    ['no payloads for an operator', { name: 'ci', role: 'operator', payloads: false }],
    ['a secret of their own', { name: 'ci', role: 'viewer', secret: 'mine' }],
    ['a polluting key', JSON.parse('{"name":"ci","role":"viewer","__proto__":{"role":"admin"}}') as object],
  ])('are not made with %s', async (_title, body) => {
    const response = await create(body).expect(400);
    expect(response.body.error.code).toBe('validation_error');
  });

  it('are not found by an id that does not exist, or is none', async () => {
    for (const id of ['01ARZ3NDEKTSV4RRFFQ69G5FAV', 'none', "'; drop table api_keys; --"]) {
      const looked = await asAdmin(request(service.url).get(`/api-keys/${encodeURIComponent(id)}`));
      const revoked = await revoke(encodeURIComponent(id));
      expect([looked.status, revoked.status]).toEqual([404, 404]);
    }
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1&limit=2', 'unknown=1', '__proto__[limit]=1'])(
    'are not listed by the query %s',
    async (query) => {
      const response = await asAdmin(request(service.url).get(`/api-keys?${query}`));
      expect([response.status, response.body.error?.code]).toEqual([400, 'validation_error']);
    },
  );
});

describe('managed API keys on two replicas', () => {
  it('are valid, and revoked, on the other one within two seconds', async () => {
    const { engine, drop } = await createTestEngine();
    const env = { HOST: '0.0.0.0', API_KEYS: `root:admin:${ADMIN}` };
    const options = { imports: [ProbeModule], env, engine: shared(engine) };
    await engine.open();
    const [one, two] = [await startTestApp(options), await startTestApp(options)];
    interface Key {
      id: string;
      secret: string;
    }
    const as = { 'X-Api-Key': ADMIN };
    let made = 0;
    const create = async (): Promise<Key> => {
      const body = { name: `ci-${++made}`, role: 'viewer' };
      return (await request(one.url).post('/api-keys').set(as).send(body).expect(201)).body.data;
    };
    const untilTwoAnswers = (status: number, { secret }: Key) =>
      until(async () => {
        const answer = await request(two.url).get('/probe/items/1').set('X-Api-Key', secret);
        return answer.status === status;
      });
    await takesLessThan(2000, async () => void (await untilTwoAnswers(200, await create())));
    await takesLessThan(2000, async () => {
      const key = await create();
      await untilTwoAnswers(200, key);
      await request(one.url).delete(`/api-keys/${key.id}`).set(as).expect(200);
      const revokedMs = performance.now();
      await untilTwoAnswers(401, key);
      return performance.now() - revokedMs;
    });
    await one.close();
    await two.close();
    await engine.close();
    await drop();
  });
});

describe('a managed API key with the name of one that the configuration has by now', () => {
  it('is refused and shown as shadowed, and that is logged', async () => {
    const { engine, drop } = await createTestEngine();
    await engine.open();
    const start = (keys: string) =>
      startTestApp({
        imports: [ProbeModule],
        engine: shared(engine),
        env: { HOST: '0.0.0.0', LOG_LEVEL: 'warn', API_KEYS: `root:admin:${ADMIN}${keys}` },
      });
    const before = await start('');
    const as = { 'X-Api-Key': ADMIN };
    const made = await request(before.url).post('/api-keys').set(as).send({ name: 'both', role: 'viewer' });
    const { id, secret } = made.body.data as { id: string; secret: string };
    const later = await start(',both:operator:another-key');
    const use = async (key: string, { url }: TestApp) =>
      (await request(url).get('/probe/items/1').set('X-Api-Key', key)).status;
    expect([await use(secret, before), await use(secret, later), await use(secret, later)]).toEqual([
      200, 401, 401,
    ]);
    expect(await use('another-key', later)).toBe(200);
    const shown = await request(later.url).get(`/api-keys/${id}`).set(as).expect(200);
    expect(shown.body.data.state).toBe('shadowed');
    expect(later.logs.filter(({ apiKey }) => apiKey === 'both')).toHaveLength(1);
    await Promise.all([before.close(), later.close()]);
    await drop();
  });
});

describe('while the database is away', () => {
  it('admits configured keys, and answers unavailable to any other', async () => {
    const service = await startTestApp({
      imports: [ProbeModule],
      env: { HOST: '0.0.0.0', API_KEYS: `root:admin:${ADMIN}` },
    });
    const use = (key: string) => request(service.url).get('/probe/items/1').set('X-Api-Key', key);
    const { pool } = service.engine;
    const away = jest.spyOn(pool, 'connect').mockImplementation(() => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });
    });
    await use(ADMIN).expect(200);
    const response = await use('cbk_some-managed-key').expect(503);
    away.mockRestore();
    expect(response.body.error.code).toBe('unavailable');
    await use('cbk_some-managed-key').expect(401);
    await service.close();
  });
});

/** The test owns the engine: an application that stops must not close it for the other. */
function shared<T extends object>(engine: T): T {
  return new Proxy(engine, {
    get(target, property) {
      if (property === 'open' || property === 'close') return async () => undefined;
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
