import { Names } from '../../src/catalogue/names/names.js';
import { until } from '../support/until.js';
import { type CatalogueApp, startCatalogueApp, WORKSPACE } from './catalogue-app.js';

const ENTRY = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z' };

describe('a name in place of an id', () => {
  let app: CatalogueApp;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    app = await startCatalogueApp();
    const add = (collection: string, key: string, fields: object): string =>
      (ids[key] = app.sandbox.add(collection, { archived: false, ...fields }).id);
    const acme = add('clients', 'acme', { name: 'Acme' });
    const globex = add('clients', 'globex', { name: 'Globex' });
    add('projects', 'website', { name: 'Website', clientId: acme });
    add('projects', 'supportA', { name: 'Support', clientId: acme });
    add('projects', 'supportG', { name: 'Support', clientId: globex });
    add('projects', 'old', { name: 'Old shop', clientId: acme, archived: true });
    add('projects', 'cafe', { name: 'Café', clientId: globex });
    add('tasks', 'design', { name: 'Design', projectId: ids['website'], status: 'ACTIVE' });
    add('tasks', 'designA', { name: 'Design', projectId: ids['supportA'], status: 'ACTIVE' });
    add('tags', 'urgent', { name: 'urgent' });
    add('tags', 'billed', { name: 'billed' });
    await app.readAll();
    app.sandbox.requests.clear();
  });
  afterAll(() => app.close());

  const create = (fields: object, query = '') =>
    app.run('create_time_entry', { workspaceId: WORKSPACE, ...ENTRY, ...fields }, query);
  const detailsOf = async (fields: object) => {
    const { status, body } = await create(fields);
    return { status, details: body.error.details };
  };

  it('stands for what is called so, and Clockify is asked nothing but the action', async () => {
    const answer = await create({
      projectId: { name: 'website' },
      taskId: { name: 'Design' },
      tagIds: [{ name: 'URGENT' }, ids['billed']],
    });
    expect(answer.body).toMatchObject({ ok: true, projectId: ids['website'], taskId: ids['design'] });
    expect(answer.body.tagIds).toEqual([ids['urgent'], ids['billed']]);
    const asked = app.sandbox.requests.all.map(({ operation }) => operation);
    expect(asked).toEqual(['createTimeEntry']);
  });

  it('is an id in what a dry run shows, and in the journal', async () => {
    const shown = await create({ projectId: { name: 'Cafe' } }, '?dryRun=true');
    expect(shown.body.params.body.projectId).toBe(ids['cafe']);
    expect(shown.body.request.body.projectId).toBe(ids['cafe']);
    const done = await create({ projectId: { name: 'Cafe' } });
    const run = await app.send('get', `/actions/runs/${done.headers['x-run-id'] as string}`);
    expect(run.body.data.params.body.projectId).toBe(ids['cafe']);
  });

  it('is never the first of several: what is called so is answered with where it is', async () => {
    expect(await detailsOf({ projectId: { name: 'Support' } })).toMatchObject({
      status: 400,
      details: [
        {
          path: 'projectId',
          reason: 'several',
          nearest: expect.arrayContaining([
            { id: ids['supportA'], name: 'Support', in: 'Acme' },
            { id: ids['supportG'], name: 'Support', in: 'Globex' },
          ]),
        },
      ],
    });
    const told = await create({ projectId: { name: 'Support', client: 'globex' } });
    expect(told.body).toMatchObject({ ok: true, projectId: ids['supportG'] });
  });

  it('is never an archived thing, and never what is merely called alike', async () => {
    expect((await detailsOf({ projectId: { name: 'Old shop' } })).details).toMatchObject([
      { reason: 'archived' },
    ]);
    expect((await detailsOf({ projectId: { name: 'Websit' } })).details).toMatchObject([
      { reason: 'none', nearest: [{ id: ids['website'], name: 'Website', in: 'Acme' }] },
    ]);
    expect((await detailsOf({ tagIds: [{ name: 'nothing of the kind' }] })).details).toMatchObject([
      { path: 'tagIds[0]', reason: 'none', nearest: [] },
    ]);
  });

  it('of a task is looked for in the project beside it', async () => {
    const beside = await create({
      projectId: { name: 'Support', client: 'Acme' },
      taskId: { name: 'design' },
    });
    expect(beside.body).toMatchObject({ taskId: ids['designA'] });
    expect((await detailsOf({ taskId: { name: 'design' } })).details).toMatchObject([{ reason: 'several' }]);
    const told = await create({ projectId: ids['website'], taskId: { name: 'design', project: 'Website' } });
    expect(told.body).toMatchObject({ taskId: ids['design'] });
  });

  it('stands in paths and in the filters of reports', async () => {
    const project = await app.run('get_project', { workspaceId: WORKSPACE, projectId: { name: 'Website' } });
    expect(project.body).toMatchObject({ ok: true, id: ids['website'] });
    const preview = await app.run(
      'generateDetailedReport',
      {
        workspaceId: WORKSPACE,
        body: {
          dateRangeStart: '2026-01-05T00:00:00Z',
          dateRangeEnd: '2026-01-11T23:59:59Z',
          detailedFilter: { page: 1, pageSize: 50 },
          projects: { ids: [{ name: 'Website' }], contains: 'CONTAINS' },
        },
      },
      '?dryRun=true',
    );
    expect(preview.body.params?.body.projects.ids).toEqual([ids['website']]);
  });

  it('stands in the steps of flows, also made of what the event says', async () => {
    const flow = await app.send('post', '/flows', {
      name: 'Books',
      steps: [
        {
          id: 'book',
          action: 'clockify.create_time_entry',
          params: { workspaceId: WORKSPACE, ...ENTRY, projectId: { name: '{{ payload.project }}' } },
        },
      ],
    });
    expect(flow.status).toBe(201);
    const started = await app.send('post', `/flows/${flow.body.data.id as string}/run`, {
      payload: { project: 'Website' },
    });
    const run = await until(async () => {
      const { body } = await app.send('get', `/flow-runs/${started.body.data.run.id as string}`);
      return body.data.status === 'succeeded' ? body.data : undefined;
    });
    expect(run.steps[0].output).toMatchObject({ projectId: ids['website'] });
  });

  it('of a workspace whose catalogue was never filled is refused with what to do', async () => {
    const answer = await app.run('create_time_entry', {
      workspaceId: '64a687e29ae1f428e7ebe399',
      ...ENTRY,
      projectId: { name: 'Website' },
    });
    expect(answer.status).toBe(409);
    expect(answer.body.error.message).toContain('POST /bootstrap');
  });

  it('is known to whoever reads texts, as of a revision', async () => {
    const names = app.app.get(Names);
    const place = { account: 'default', workspaceId: WORKSPACE };
    const snapshot = await names.load(place);
    expect(snapshot).toMatchObject({ isWarm: true, profile: { timeZone: expect.any(String) } });
    expect(snapshot.called('cafe')).toMatchObject([{ kind: 'project', id: ids['cafe'], archived: false }]);
    expect(names.held(place)).toBe(snapshot);
    expect(await names.load(place)).toBe(snapshot);
    app.sandbox.state.change(WORKSPACE, 'tags', ids['billed'] ?? '', { name: 'paid' });
    await app.readAll();
    const later = await names.load(place);
    expect(later.revision).toBeGreaterThan(snapshot.revision);
    expect(later.called('paid')).toHaveLength(1);
    await app.readAll();
    expect((await names.load(place)).revision).toBe(later.revision);
  });
});
