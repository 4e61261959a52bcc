import { BootstrapRunsRepository } from '../../src/catalogue/bootstrap/bootstrap-runs.repository.js';
import { EntitiesRepository } from '../../src/catalogue/entities/entities.repository.js';
import { Database } from '../../src/storage/database.js';
import { until } from '../support/until.js';
import { type BootstrapBody, type CatalogueApp, startCatalogueApp, WORKSPACE } from './catalogue-app.js';

const statusOf = ({ operations }: BootstrapBody, operation: string): string | undefined =>
  operations.find((one) => one.operation === operation)?.status;

describe('filling a catalogue', () => {
  let app: CatalogueApp;
  beforeEach(async () => {
    app = await startCatalogueApp();
  });
  afterEach(() => app.close());

  it('reads every list of the workspace, with names, parents and what is archived', async () => {
    const client = app.sandbox.add('clients', { name: 'Acme' });
    const project = app.sandbox.add('projects', { name: 'Wébsite', clientId: client.id, archived: false });
    app.sandbox.add('tasks', { name: 'Design', projectId: project.id, status: 'ACTIVE' });
    app.sandbox.add('tasks', { name: 'Old design', projectId: project.id, status: 'DONE' });
    app.sandbox.add('tags', { name: 'urgent', archived: true });
    const run = await app.readAll();
    expect(run).toMatchObject({ status: 'complete', remainingSeconds: 0, lastError: null });
    expect(run.operations.filter(({ status }) => status !== 'done')).toEqual([]);
    expect(run.operationsTotal).toBeGreaterThan(20);
    const named = await app.list();
    expect(named.filter(({ type }) => ['client', 'project', 'task', 'tag'].includes(type))).toMatchObject([
      { type: 'client', name: 'Acme', parentId: null, archived: false },
      { type: 'task', name: 'Design', parentId: project.id, archived: false },
      { type: 'task', name: 'Old design', parentId: project.id, archived: true },
      { type: 'tag', name: 'urgent', archived: true },
      { type: 'project', name: 'Wébsite', parentId: client.id, archived: false },
    ]);
    expect((await app.list('&type=user')).map(({ name }) => name)).toEqual(['Kim Example', 'Robin Example']);
    expect((await app.list('&text=WEBS')).map(({ name }) => name)).toEqual(['Wébsite']);
    const { body } = await app.send('get', `/catalogue/${project.id}?workspaceId=${WORKSPACE}`);
    expect(body.data).toMatchObject({
      name: 'Wébsite',
      payload: { clientId: client.id, clientName: 'Acme' },
    });
  });

  it('says how large and how fresh it is', async () => {
    app.sandbox.add('tags', { name: 'urgent', archived: true });
    await app.readAll();
    const { body } = await app.send('get', '/catalogue/workspaces');
    expect(body.data.items).toMatchObject([{ workspaceId: WORKSPACE, name: 'Example Studio', isWarm: true }]);
    expect(body.data.items[0].types).toContainEqual(
      expect.objectContaining({ type: 'tag', count: 1, archived: 1 }),
    );
  });

  it('walks through the pages of a list of entities in the order of their names', async () => {
    for (const name of ['c', 'a', 'b']) app.sandbox.add('tags', { name });
    await app.readAll();
    const first = await app.send('get', `/catalogue?workspaceId=${WORKSPACE}&type=tag&limit=2`);
    const { items, nextCursor } = first.body.data;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
    const second = await app.send(
      'get',
      `/catalogue?workspaceId=${WORKSPACE}&type=tag&limit=2&cursor=${nextCursor}`,
    );
    expect(second.body.data).toMatchObject({ items: [{ name: 'c' }], nextCursor: null });
  });

  it('reads lists of many pages to their end and no further', async () => {
    for (let i = 0; i < 401; i++) app.sandbox.add('clients', { name: `Client ${i}` });
    const run = await app.readAll();
    expect(run.operations.find(({ operation }) => operation === 'getClients')).toMatchObject({
      status: 'done',
      requests: 3,
      entities: 401,
    });
  });

  it('drops what is not there any more, and keeps the payload free of secrets', async () => {
    const tag = app.sandbox.add('tags', { name: 'gone soon' });
    app.sandbox.add('webhooks', { name: 'hook', url: 'https://example.com', authToken: 'tok-0123456789' });
    await app.readAll();
    expect(await app.list('&type=tag')).toHaveLength(1);
    app.sandbox.state.remove(WORKSPACE, 'tags', tag.id);
    await app.readAll();
    expect(await app.list('&type=tag')).toEqual([]);
    const { rows } = await app.engine.pool.query('select payload::text from clankerbot.catalogue_entities');
    expect(JSON.stringify(rows)).not.toContain('tok-0123456789');
  });

  it('is one run at a time for a workspace, whoever asks', async () => {
    app.sandbox.faults.add({ kind: 'slow', delayMs: 300, operation: 'getClients' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => app.send('post', '/bootstrap', { workspaceId: WORKSPACE })),
    );
    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1);
    expect(answers.filter(({ body }) => body.data.isNew)).toHaveLength(1);
    await app.untilOver();
    const asked = app.sandbox.requests.all.filter(({ operation }) => operation === 'getClients');
    expect(asked).toHaveLength(1);
  });

  it('can be cancelled, and keeps what it has read', async () => {
    app.sandbox.add('clients', { name: 'Acme' });
    app.sandbox.faults.add({ kind: 'slow', delayMs: 400, operation: 'getProjects' });
    await app.send('post', '/bootstrap', { workspaceId: WORKSPACE });
    await until(async () => statusOf(await app.status(), 'getClients') === 'done');
    const { body } = await app.send('post', `/bootstrap/cancel?workspaceId=${WORKSPACE}`);
    expect(body.data).toMatchObject({ status: 'cancelled' });
    expect(statusOf(body.data, 'getProjects')).toBe('waiting');
    expect((await app.list('&type=client')).map(({ name }) => name)).toEqual(['Acme']);
    // The request that was under way changes nothing any more, and another run can begin.
    expect(await app.readAll()).toMatchObject({ status: 'complete' });
  });

  it('goes on without what the plan or the credentials do not permit', async () => {
    app.sandbox.faults.add({ kind: 'status', status: 403, operation: 'getInvoices' });
    const run = await app.readAll();
    expect(run.status).toBe('complete_with_warnings');
    expect(statusOf(run, 'getInvoices')).toBe('refused');
    expect(statusOf(run, 'getWebhooks')).toBe('done');
  });

  it('tries a failing page again, later, and says what the failure was', async () => {
    app.sandbox.faults.add({ kind: 'status', status: 500, operation: 'getTags', times: 4 });
    app.sandbox.add('tags', { name: 'urgent' });
    const run = await app.readAll();
    expect(run).toMatchObject({ status: 'complete', lastError: { code: 'upstream_error' } });
    expect((await app.list('&type=tag')).map(({ name }) => name)).toEqual(['urgent']);
  });

  it('fails where nobody is let in, and says so', async () => {
    app.sandbox.faults.add({ kind: 'status', status: 401, path: '/' });
    expect(await app.readAll()).toMatchObject({ status: 'failed', lastError: { code: 'unauthorized' } });
  });

  it('commits nothing of a process that has lost the run', async () => {
    const { run } = await startedRun();
    const repository = app.app.get(BootstrapRunsRepository);
    const taken = await repository.claim(run.id, new Date());
    await expect(
      app.app
        .get(Database)
        .transaction()
        .execute((transaction) => repository.demand(transaction, { ...taken!, claims: taken!.claims - 1 })),
    ).rejects.toThrow('other hands');
  });

  it('does not let what was seen earlier replace what was seen later', async () => {
    const entities = app.app.get(EntitiesRepository);
    const place = { account: 'default', workspaceId: 'w' };
    const put = (name: string, at: string) =>
      app.app
        .get(Database)
        .transaction()
        .execute((transaction) =>
          entities.put(transaction, place, {
            entities: [{ type: 'tag', id: 't', name, parentId: null, archived: false, payload: null }],
            sighting: { at: new Date(at) },
          }),
        );
    await put('later', '2026-01-02T00:00:00Z');
    await put('earlier', '2026-01-01T00:00:00Z');
    expect(await entities.find(place, 'tag', 't')).toMatchObject({ name: 'later' });
  });

  async function startedRun(): Promise<{ run: { id: string } }> {
    app.sandbox.faults.add({ kind: 'slow', delayMs: 500, operation: 'getLoggedUser' });
    const { body } = await app.send('post', '/bootstrap', { workspaceId: WORKSPACE });
    return { run: { id: body.data.id as string } };
  }
});

describe('a catalogue where the vendor permits few requests', () => {
  it('is filled by waiting, without a failure', async () => {
    const app = await startCatalogueApp({
      env: { CLOCKIFY_REQUESTS_PER_HOUR: '5', CLOCKIFY_TIMEOUT_MS: '200' },
    });
    await app.send('post', '/bootstrap', { workspaceId: WORKSPACE });
    const waiting = await until(async () => {
      const body = await app.status();
      return body.waitsUntil === null ? undefined : body;
    });
    expect(waiting).toMatchObject({ status: 'running', finishedAt: null });
    expect(Date.parse(waiting.waitsUntil ?? '') - Date.now()).toBeGreaterThan(60_000);
    expect(waiting.requests).toBeGreaterThan(2);
    expect(waiting.operations.filter(({ status }) => status === 'failed')).toEqual([]);
    await app.close();
  });

  it('waits as long as Clockify says, and goes on', async () => {
    const app = await startCatalogueApp({ env: { CLOCKIFY_TIMEOUT_MS: '200', CLOCKIFY_ATTEMPTS: '1' } });
    app.sandbox.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 1,
      operation: 'getTags',
      times: 2,
    });
    const run = await app.readAll();
    expect(run).toMatchObject({ status: 'complete', lastError: { code: 'rate_limited' } });
    await app.close();
  });
});
