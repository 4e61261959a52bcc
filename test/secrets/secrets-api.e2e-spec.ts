import { describeOnPostgres } from '../support/database.js';
import { everythingKept, OPERATOR, type SecretApp, startSecretApp, tracesOf, VIEWER } from './secret-app.js';

const VALUE = 'the-value-that-nobody-sees';

describe('/secrets', () => {
  let app: SecretApp;
  beforeAll(async () => {
    app = await startSecretApp();
  });
  afterAll(() => app.close());

  const put = (name: string, body: object) => app.send('put', `/secrets/${name}`, body);
  const faultOf = async (name: string, body: object): Promise<string> => {
    const { status, body: answer } = await put(name, body);
    expect(status).toBe(400);
    return JSON.stringify(answer.error.details);
  };

  it('sets a secret and tells all of it but its value', async () => {
    const allowedHosts = ['API.Example.com:443', 'bücher.example:8443', 'http://10.0.0.7:80'];
    const { status, body } = await put('github_token', {
      value: VALUE,
      description: 'For issues',
      allowedHosts,
    });
    expect(status).toBe(200);
    expect(body.data).toEqual({
      name: 'github_token',
      description: 'For issues',
      allowedHosts: ['api.example.com', 'xn--bcher-kva.example:8443', 'http://10.0.0.7'],
      allowedParams: ['headers'],
      allowedIntegrations: [],
      version: 1,
      canBeOpened: true,
      createdAt: expect.any(String),
      createdBy: 'boss',
      updatedAt: expect.any(String),
      updatedBy: 'boss',
      lastUsedAt: null,
      usedBy: [],
      usedByCount: 0,
    });
  });

  it('rotates it: the value has to be sent, and all else stays', async () => {
    const rotated = await put('github_token', { value: `${VALUE}-2` });
    expect(rotated.body.data).toMatchObject({
      version: 2,
      description: 'For issues',
      allowedHosts: ['api.example.com', 'xn--bcher-kva.example:8443', 'http://10.0.0.7'],
    });
    expect(await faultOf('github_token', { allowedHosts: ['evil.example'] })).toContain('value');
  });

  it('keeps no trace of the value outside of its seal', async () => {
    await app.send('get', '/secrets');
    const kept = (await everythingKept(app)) + JSON.stringify(app.logs);
    for (const trace of tracesOf(VALUE)) expect(kept).not.toContain(trace);
    expect(kept).toContain('github_token');
  });

  it.each([
    ['a name in upper case', 'Token', { value: VALUE, allowedHosts: ['a.example'] }, 'name'],
    ['a name that is too long', 'a'.repeat(65), { value: VALUE, allowedHosts: ['a.example'] }, 'name'],
    ['a value too short to be hidden', 'token', { value: '1234567', allowedHosts: ['a.example'] }, 'value'],
    ['a value too long', 'token', { value: 'ü'.repeat(4097), allowedHosts: ['a.example'] }, 'value'],
    ['a secret that may go nowhere', 'token', { value: VALUE }, 'allowedHosts'],
    ['a host with a path', 'token', { value: VALUE, allowedHosts: ['a.example/x'] }, 'allowedHosts[0]'],
    ['a host with a user', 'token', { value: VALUE, allowedHosts: ['me@a.example'] }, 'allowedHosts[0]'],
    [
      'a host of another scheme',
      'token',
      { value: VALUE, allowedHosts: ['ftp://a.example'] },
      'allowedHosts[0]',
    ],
    ['a host of all hosts', 'token', { value: VALUE, allowedHosts: ['*'] }, 'allowedHosts[0]'],
    [
      'an unknown integration',
      'token',
      { value: VALUE, allowedIntegrations: ['fax'] },
      'allowedIntegrations[0]',
    ],
    [
      'http-request by name',
      'token',
      { value: VALUE, allowedIntegrations: ['http-request'] },
      'allowedIntegrations[0]',
    ],
    [
      'an unknown param',
      'token',
      { value: VALUE, allowedHosts: ['a.example'], allowedParams: ['host'] },
      'allowedParams',
    ],
    [
      'an unknown field',
      'token',
      { value: VALUE, allowedHosts: ['a.example'], allowedFlows: [] },
      'allowedFlows',
    ],
  ])('refuses %s', async (_what, name, body, path) => {
    const fault = await faultOf(name, body);
    expect(fault).toContain(`"path":"${path}`);
    expect(fault).not.toContain(VALUE);
  });

  it('lets viewers and operators read what there is, and neither set nor delete', async () => {
    for (const key of [VIEWER, OPERATOR]) {
      for (const path of ['/secrets', '/secrets/github_token']) {
        const { status, text } = await app.send('get', path, undefined, key);
        expect(status).toBe(200);
        expect(text).not.toContain(VALUE);
      }
      const body = { value: VALUE, allowedHosts: ['evil.example'] };
      expect((await app.send('put', '/secrets/github_token', body, key)).status).toBe(403);
      expect((await app.send('delete', '/secrets/github_token?force=true', undefined, key)).status).toBe(403);
    }
    expect((await app.send('get', '/secrets', undefined, 'a-wrong-key')).status).toBe(401);
  });

  it('lists them by name, page by page', async () => {
    for (const name of ['b2', 'a1', 'c3', 'a_0'])
      await put(name, { value: VALUE, allowedHosts: ['a.example'] });
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await app.send('get', `/secrets?limit=2&cursor=${cursor}`);
      names.push(...(body.data.items as { name: string }[]).map(({ name }) => name));
      cursor = (body.data.nextCursor as string | null) ?? '';
    } while (cursor !== '');
    expect(names).toHaveLength(5);
    expect(new Set(names)).toEqual(new Set(['a1', 'a_0', 'b2', 'c3', 'github_token']));
    expect((await app.send('get', '/secrets?limit=201')).status).toBe(400);
  });

  it('deletes what nobody names, and says who names the rest', async () => {
    await app.setSecret('wanted', VALUE);
    const flow = await app.createFlow(
      { headers: { authorization: '{{ secrets.wanted }}' } },
      { enabled: false },
    );
    const usedBy = [{ kind: 'flow', id: flow, name: 'Calls' }];
    const found = await app.send('get', '/secrets/wanted');
    expect(found.body.data).toMatchObject({ usedBy, usedByCount: 1 });
    const refused = await app.send('delete', '/secrets/wanted');
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatchObject({ code: 'conflict', details: { usedBy, usedByCount: 1 } });
    expect((await app.send('delete', '/secrets/wanted?force=true')).status).toBe(204);
    expect((await app.send('get', '/secrets/wanted')).status).toBe(404);
    expect((await app.send('delete', '/secrets/wanted')).status).toBe(404);
    expect((await app.send('delete', '/secrets/a1')).status).toBe(204);
  });

  it('knows when one was last sent', async () => {
    await app.setSecret('sent', VALUE);
    await app.run(await app.createFlow({ headers: { authorization: '{{ secrets.sent }}' } }));
    const { SecretUses } = await import('../../src/secrets/secret-uses.js');
    await app.app.get(SecretUses).write();
    const { lastUsedAt, updatedAt } = (await app.send('get', '/secrets/sent')).body.data;
    expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(Date.parse(updatedAt));
  });

  it('holds so many and no more, and lets those be rotated', async () => {
    await app.engine.pool.query(
      `insert into clankerbot.secrets select 'filler_' || n, null, 'v1.x', 'k', 1, '{a.example}', '{headers}', '{}', 'x', now(), 'x', now()
       from generate_series(1, 500) n`,
    );
    const body = { value: VALUE, allowedHosts: ['a.example'] };
    expect((await put('one_more', body)).status).toBe(409);
    expect((await put('github_token', body)).status).toBe(200);
  });
});

describeOnPostgres('/secrets without ENCRYPTION_KEY on Postgres', () => {
  it('names the variable, and changes nothing', async () => {
    const app = await startSecretApp({ env: { ENCRYPTION_KEY: '' } });
    const body = { value: VALUE, allowedHosts: ['a.example'] };
    const { status, body: answer } = await app.send('put', '/secrets/token', body);
    expect(status).toBe(503);
    expect(answer.error).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('ENCRYPTION_KEY_FILE'),
    });
    expect((await app.send('get', '/secrets')).body.data.items).toEqual([]);
    await app.close();
  });
});
