import { callerOf, type SandboxCaller } from '../support/sandbox-caller.js';
import { ClockifySandbox, type SandboxOptions } from './clockify-sandbox.js';

describe('the Clockify sandbox', () => {
  let sandbox: ClockifySandbox;
  let call: SandboxCaller;

  async function startWith(options: SandboxOptions = {}): Promise<void> {
    sandbox = new ClockifySandbox(options);
    await sandbox.start();
    call = callerOf(sandbox);
  }

  beforeEach(() => startWith());
  afterEach(() => sandbox.stop());

  describe('credentials', () => {
    it.each([
      ['neither header', {}, 1000],
      ['both headers', { 'x-api-key': 'sandbox-api-key', 'x-addon-token': 'sandbox-addon-token' }, 1000],
      ['a bearer token', { authorization: 'Bearer sandbox-api-key' }, 1000],
      ['an unknown key', { 'x-api-key': 'wrong' }, 4003],
      ['a wrong add-on token', { 'x-addon-token': 'wrong' }, 4017],
    ])('refuses %s', async (_what, headers, code) => {
      const response = await call('GET', '/v1/user', { headers: headers as Record<string, string> });
      expect(response).toMatchObject({ status: 401, body: { code, message: expect.any(String) } });
    });

    it('lets an add-on in, but not to the list of workspaces', async () => {
      const headers = { 'x-addon-token': sandbox.addonToken };
      expect(await call('GET', '/v1/user', { headers })).toMatchObject({
        status: 200,
        body: { id: sandbox.user.id },
      });
      expect(await call('GET', '/v1/workspaces', { headers })).toMatchObject({ status: 403 });
    });
  });

  describe('routes', () => {
    it('answers an unknown path with 404 and a wrong verb with 405 and the right ones', async () => {
      expect(await call('GET', '/nothing')).toMatchObject({ status: 404, body: { code: 3000 } });
      const wrong = await call('GET', '/user-groups/64a000000000000000000001');
      expect(wrong).toMatchObject({ status: 405, body: { code: 3000 } });
      expect(wrong.headers.get('allow')).toBe('DELETE, PUT');
    });

    it('keeps the hosts apart', async () => {
      expect(await call('GET', '/v1/user', { host: 'report' })).toMatchObject({ status: 404 });
    });

    it('denies a workspace that the user is not a member of', async () => {
      expect(await call('GET', '/v1/workspaces/64a000000000000000000001/tags')).toMatchObject({
        status: 403,
      });
    });
  });

  describe('validation', () => {
    it('refuses what the document does not allow, and repeats what was sent', async () => {
      const response = await call('POST', '/projects', { body: { name: 'ab', color: 'reddish' } });
      expect(response).toMatchObject({
        status: 400,
        body: { code: 501, message: expect.stringContaining('reddish') },
      });
      expect(await call('POST', '/projects', { body: {} })).toMatchObject({ status: 400 });
      expect(await call('GET', '/tags?page=x')).toMatchObject({ status: 400 });
      expect(await call('GET', '/users')).toMatchObject({ status: 400 }); // include-roles is required
      expect(sandbox.list('projects')).toEqual([]);
    });

    it('answers an entity of nobody with 400, not with 404', async () => {
      const response = await call('GET', '/clients/64a000000000000000000001');
      expect(response).toMatchObject({
        status: 400,
        body: { code: 501, message: expect.stringContaining("doesn't belong to Workspace") },
      });
    });
  });

  describe('lists', () => {
    it('cuts pages and says whether a page is the last', async () => {
      for (let i = 0; i < 5; i++) sandbox.add('tags', { name: `tag ${i}`, archived: false });
      const second = await call('GET', '/tags?page=2&page-size=2');
      expect(second.body.map((tag: { name: string }) => tag.name)).toEqual(['tag 2', 'tag 3']);
      expect(second.headers.get('last-page')).toBe('false');
      expect((await call('GET', '/tags?page=3&page-size=2')).headers.get('last-page')).toBe('true');
      expect((await call('GET', '/tags?page=4&page-size=2')).body).toEqual([]);
    });

    it('lists archived ones too unless they are asked not to', async () => {
      sandbox.add('tags', { name: 'old', archived: true });
      sandbox.add('tags', { name: 'new', archived: false });
      expect((await call('GET', '/tags')).body).toHaveLength(2);
      expect((await call('GET', '/tags?archived=false')).body).toHaveLength(1);
      expect((await call('GET', '/tags?name=OL')).body).toHaveLength(1);
    });
  });

  describe('names and archives', () => {
    it('wants an archive before a delete and frees a name only by the delete', async () => {
      const { body: client } = await call('POST', '/clients', { body: { name: 'Acme' } });
      expect(await call('DELETE', `/clients/${client.id}`)).toMatchObject({
        status: 400,
        body: { code: 501 },
      });
      expect(await call('PUT', `/clients/${client.id}`, { body: { archived: true } })).toMatchObject({
        status: 200,
      });
      expect(await call('POST', '/clients', { body: { name: 'Acme' } })).toMatchObject({ status: 400 });
      expect(await call('DELETE', `/clients/${client.id}`)).toMatchObject({ status: 200 });
      expect(await call('POST', '/clients', { body: { name: 'Acme' } })).toMatchObject({ status: 201 });
    });

    it('takes a tag out of the archive when it is renamed', async () => {
      const { body: tag } = await call('POST', '/tags', { body: { name: 'a' } });
      await call('PUT', `/tags/${tag.id}`, { body: { name: 'a', archived: true } });
      expect((await call('PUT', `/tags/${tag.id}`, { body: { name: 'b' } })).body.archived).toBe(false);
    });

    it('wants a task done before it is deleted', async () => {
      const { body: project } = await call('POST', '/projects', { body: { name: 'Site' } });
      const { body: task } = await call('POST', `/projects/${project.id}/tasks`, { body: { name: 'Build' } });
      const path = `/projects/${project.id}/tasks/${task.id}`;
      expect(await call('DELETE', path)).toMatchObject({ status: 400 });
      await call('PUT', path, { body: { name: 'Build', status: 'DONE' } });
      expect(await call('DELETE', path)).toMatchObject({ status: 200 });
    });
  });

  describe('time entries', () => {
    const start = '2026-01-05T09:00:00Z';
    const entry = { start, end: '2026-01-05T10:30:00Z', description: 'plan' };

    it('makes two of two identical requests, whatever key comes with them', async () => {
      const headers = { 'x-api-key': sandbox.apiKey, 'idempotency-key': 'same' };
      const first = await call('POST', '/time-entries', { body: entry, headers });
      const second = await call('POST', '/time-entries', { body: entry, headers });
      expect(first).toMatchObject({ status: 201, body: { timeInterval: { start, duration: 'PT1H30M' } } });
      expect(second.body.id).not.toBe(first.body.id);
      expect(sandbox.list('timeEntries')).toHaveLength(2);
    });

    it('has one timer running for a user, and stops it by PATCH', async () => {
      const path = `/user/${sandbox.user.id}/time-entries`;
      const { body: first } = await call('POST', '/time-entries', { body: { start } });
      const { body: second } = await call('POST', '/time-entries', {
        body: { start: '2026-01-05T11:00:00Z' },
      });
      expect((await call('GET', `/time-entries/${first.id}`)).body.timeInterval.duration).toBe('PT2H');
      expect((await call('GET', '/time-entries/status/in-progress')).body).toHaveLength(1);
      const stopped = await call('PATCH', path, { body: { end: '2026-01-05T11:15:00Z' } });
      expect(stopped).toMatchObject({
        status: 200,
        body: { id: second.id, timeInterval: { duration: 'PT15M' } },
      });
      expect(await call('PATCH', path, { body: { end: '2026-01-05T11:15:00Z' } })).toMatchObject({
        status: 404,
      });
    });

    it('edits many with PUT on the user and deletes many', async () => {
      const path = `/user/${sandbox.user.id}/time-entries`;
      const { body: a } = await call('POST', '/time-entries', { body: entry });
      const { body: b } = await call('POST', `${path}/${a.id}/duplicate`);
      const edits = [a, b].map(({ id }) => ({ id, start, end: entry.end, description: 'edited' }));
      expect((await call('PUT', path, { body: edits })).body).toHaveLength(2);
      expect((await call('GET', `${path}?description=edit`)).body).toHaveLength(2);
      expect(await call('DELETE', `${path}?time-entry-ids=${a.id},${b.id}`)).toMatchObject({ status: 200 });
      expect(sandbox.list('timeEntries')).toEqual([]);
    });

    it('lists the newest first, within a window', async () => {
      for (const day of ['05', '07', '06']) {
        await call('POST', '/time-entries', {
          body: { start: `2026-01-${day}T09:00:00Z`, end: `2026-01-${day}T10:00:00Z` },
        });
      }
      const path = `/user/${sandbox.user.id}/time-entries`;
      const all = (await call('GET', path)).body as { timeInterval: { start: string } }[];
      expect(all.map((e) => e.timeInterval.start.slice(8, 10))).toEqual(['07', '06', '05']);
      expect(
        (await call('GET', `${path}?start=2026-01-06T00:00:00Z&end=2026-01-06T23:59:59Z`)).body,
      ).toHaveLength(1);
    });

    it("takes a window's edges for wall clock time of the account", async () => {
      await sandbox.stop();
      await startWith({ user: { timeZone: 'America/New_York' } });
      await call('POST', '/time-entries', {
        body: { start: '2026-01-05T13:30:00Z', end: '2026-01-05T14:00:00Z' },
      });
      const path = `/user/${sandbox.user.id}/time-entries`;
      expect((await call('GET', `${path}?start=2026-01-05T13:00:00Z`)).body).toHaveLength(0);
      expect((await call('GET', `${path}?start=2026-01-05T08:00:00Z`)).body).toHaveLength(1);
    });

    it('drops the custom field values of a body that uses the name they are read by', async () => {
      const field = sandbox.add('customFields', { name: 'Ticket', type: 'TXT' });
      const value = { customFieldId: field.id, value: 'T-1' };
      const wrong = await call('POST', '/time-entries', { body: { ...entry, customFieldValues: [value] } });
      expect(wrong).toMatchObject({ status: 201, body: { customFieldValues: [] } });
      const right = await call('POST', '/time-entries', { body: { ...entry, customFields: [value] } });
      expect(right.body.customFieldValues).toMatchObject([{ value: 'T-1', name: 'Ticket' }]);
    });
  });

  describe('faults', () => {
    it('answers an error before or after the effect', async () => {
      sandbox.faults.add({ kind: 'status', status: 503, when: 'before', times: 1 });
      expect(await call('POST', '/tags', { body: { name: 'a' } })).toMatchObject({ status: 503 });
      expect(sandbox.list('tags')).toHaveLength(0);
      sandbox.faults.add({ kind: 'status', status: 500, when: 'after', times: 1 });
      expect(await call('POST', '/tags', { body: { name: 'a' } })).toMatchObject({ status: 500 });
      expect(sandbox.list('tags')).toHaveLength(1);
    });

    it('cuts the connection before or after the effect', async () => {
      sandbox.faults.add({ kind: 'cut', when: 'before', times: 1, operation: 'createNewTag' });
      await expect(call('POST', '/tags', { body: { name: 'a' } })).rejects.toThrow('fetch failed');
      expect(sandbox.list('tags')).toHaveLength(0);
      sandbox.faults.add({ kind: 'cut', when: 'after', times: 1, method: 'POST' });
      await expect(call('POST', '/tags', { body: { name: 'a' } })).rejects.toThrow('fetch failed');
      expect(sandbox.list('tags')).toHaveLength(1);
      expect(sandbox.requests.of('createNewTag').map((r) => [r.status, r.hadEffect])).toEqual([
        [0, false],
        [0, true],
      ]);
    });

    it('answers 429 with Retry-After, slowly, or with a page that is no JSON', async () => {
      sandbox.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 3, times: 1 });
      const limited = await call('GET', '/tags');
      expect(limited).toMatchObject({ status: 429, body: { message: 'Too many requests' } });
      expect(limited.headers.get('retry-after')).toBe('3');
      sandbox.faults.add({ kind: 'slow', delayMs: 60, times: 1 });
      const startedMs = performance.now();
      expect(await call('GET', '/tags')).toMatchObject({ status: 200 });
      expect(performance.now() - startedMs).toBeGreaterThan(55);
      sandbox.faults.add({ kind: 'garbage', times: 1 });
      expect((await call('GET', '/tags')).headers.get('content-type')).toBe('text/html');
    });

    it('strikes with the given probability, only where it matches, until it is switched off', async () => {
      const off = sandbox.faults.add({ kind: 'status', status: 500, path: /tags/, probability: 0.5 });
      const statuses = await Promise.all(
        Array.from({ length: 100 }, async () => (await call('GET', '/tags')).status),
      );
      const failures = statuses.filter((status) => status === 500).length;
      expect(failures).toBeGreaterThan(25);
      expect(failures).toBeLessThan(75);
      expect(await call('GET', '/clients')).toMatchObject({ status: 200 });
      off();
      expect(await call('GET', '/tags')).toMatchObject({ status: 200 });
    });

    it('can be switched on from another process', async () => {
      const faults = `${sandbox.url}/_sandbox/faults`;
      await fetch(faults, {
        method: 'POST',
        body: JSON.stringify({ kind: 'status', status: 502, path: '/tags' }),
      });
      expect(await call('GET', '/tags')).toMatchObject({ status: 502 });
      await fetch(faults, { method: 'DELETE' });
      expect(await call('GET', '/tags')).toMatchObject({ status: 200 });
      const requests = await (await fetch(`${sandbox.url}/_sandbox/requests`)).json();
      expect(requests).toMatchObject([{ operation: 'getTags', status: 502 }, { status: 200 }]);
    });
  });

  it('limits the rate per credential', async () => {
    await sandbox.stop();
    await startWith({ limit: { requests: 2, perMs: 60_000 } });
    expect(await call('GET', '/tags')).toMatchObject({ status: 200 });
    expect(await call('GET', '/tags')).toMatchObject({ status: 200 });
    const third = await call('GET', '/tags');
    expect(third).toMatchObject({ status: 429 });
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(50);
    const other = await call('GET', '/tags', { headers: { 'x-addon-token': sandbox.addonToken } });
    expect(other).toMatchObject({ status: 200 });
  });
});
