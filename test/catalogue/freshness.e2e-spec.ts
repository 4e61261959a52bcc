import request from 'supertest';
import { CatalogueUpkeep } from '../../src/catalogue/catalogue-upkeep.js';
import { Clock } from '../../src/clock/clock.js';
import { MovedClock } from '../support/moved-clock.js';
import { until } from '../support/until.js';
import { type CatalogueApp, startCatalogueApp, WORKSPACE } from './catalogue-app.js';

describe('a catalogue that is filled', () => {
  let app: CatalogueApp;
  beforeEach(async () => {
    app = await startCatalogueApp();
  });
  afterEach(() => app.close());

  const deliver = (type: string, payload: object) =>
    request(app.url)
      .post('/webhooks/clockify')
      .set('X-Webhook-Secret', 'secret-of-the-webhook')
      .set('Clockify-Webhook-Event-Type', type)
      .send(payload)
      .expect(200);
  const untilListed = (query: string, names: readonly string[]) =>
    until(async () => {
      const found = (await app.list(query)).map(({ name }) => name);
      return JSON.stringify(found) === JSON.stringify(names);
    });

  it('follows webhooks without a call to Clockify', async () => {
    const project = app.sandbox.add('projects', { name: 'Website', archived: false });
    await app.readAll();
    app.sandbox.requests.clear();
    await deliver('NEW_TAG', { id: 'tag-1', name: 'urgent', workspaceId: WORKSPACE, archived: false });
    await untilListed('&type=tag', ['urgent']);
    await deliver('TAG_UPDATED', {
      id: 'tag-1',
      name: 'very urgent',
      workspaceId: WORKSPACE,
      archived: true,
    });
    await untilListed('&type=tag&archived=true', ['very urgent']);
    await deliver('TAG_DELETED', {
      id: 'tag-1',
      name: 'very urgent',
      workspaceId: WORKSPACE,
      archived: true,
    });
    await untilListed('&type=tag', []);
    await deliver('PROJECT_UPDATED', {
      id: project.id,
      name: 'Web shop',
      workspaceId: WORKSPACE,
      clientId: 'c1',
      archived: false,
      tasks: [{ id: 'task-1', name: 'Design', projectId: project.id, status: 'ACTIVE' }],
    });
    await untilListed('&type=project', ['Web shop']);
    await untilListed('&type=task', ['Design']);
    expect(app.sandbox.requests.all).toEqual([]);
  });

  it('says of an event whether the catalogue had to do with it', async () => {
    await app.readAll();
    const statusFor = async (type: string, payload: object): Promise<string> => {
      const { eventId } = (await deliver(type, payload)).body.data;
      return until(async () => {
        const { status, handlers } = (await app.send('get', `/events/${eventId}`)).body.data;
        const own = handlers.find(({ name }: { name: string }) => name === 'catalogue');
        return status === 'done' ? own.status : undefined;
      });
    };
    const tag = { id: 'tag-9', name: 'x', workspaceId: WORKSPACE, archived: false };
    expect(await statusFor('NEW_TAG', tag)).toBe('handled');
    expect(await statusFor('NEW_INVOICE', { id: 'i', number: '1', issuedDate: 'x' })).toBe('not wanted');
  });

  it('finds the workspace of a task by its project, and keeps what it knows of a user', async () => {
    const project = app.sandbox.add('projects', { name: 'Website', archived: false });
    await app.readAll();
    await deliver('NEW_TASK', { id: 'task-2', name: 'Build', projectId: project.id, status: 'ACTIVE' });
    await untilListed('&type=task', ['Build']);
    const { id, email } = app.sandbox.colleague;
    await deliver('USER_DEACTIVATED_ON_WORKSPACE', { id, email, name: 'Kim Example' });
    await untilListed('&type=user&archived=true', ['Kim Example']);
    await deliver('USER_UPDATED', { id, email, name: 'Kim Renamed' });
    await untilListed('&type=user&archived=true', ['Kim Renamed']);
  });

  it('asks for changes that no webhook told of', async () => {
    const gone = app.sandbox.add('tags', { name: 'gone' });
    const renamed = app.sandbox.add('clients', { name: 'Acme' });
    await app.readAll();
    app.sandbox.state.remove(WORKSPACE, 'tags', gone.id);
    app.sandbox.state.change(WORKSPACE, 'clients', renamed.id, { name: 'Acme Ltd' });
    app.sandbox.add('projects', { name: 'New one', archived: false });
    app.sandbox.requests.clear();
    const run = await app.readAll({ kind: 'changes' });
    expect(run.status).toBe('complete');
    expect((await app.list('&type=tag')).map(({ name }) => name)).toEqual([]);
    expect((await app.list('&type=client')).map(({ name }) => name)).toEqual(['Acme Ltd']);
    expect((await app.list('&type=project')).map(({ name }) => name)).toEqual(['New one']);
    const asked = new Set(app.sandbox.requests.all.map(({ operation }) => operation));
    expect(asked).toEqual(
      new Set([
        'getLoggedUser',
        'getUsersOfWorkspace',
        'getUserGroups',
        'getCreatedEntityInfo',
        'getUpdatedEntityInfo',
        'getDeletedEntityInfo',
      ]),
    );
  });
});

describe('the upkeep of catalogues', () => {
  let app: CatalogueApp;
  const clock = new MovedClock();
  beforeEach(async () => {
    app = await startCatalogueApp({
      override: (builder) => builder.overrideProvider(Clock).useValue(clock),
      env: { CATALOGUE_REFRESH_MINUTES: '60', CATALOGUE_TTL_DAYS: '7' },
    });
  });
  afterEach(() => app.close());

  const kindsOfRuns = async (): Promise<string[]> => {
    const { rows } = await app.engine.pool.query<{ kind: string }>(
      'select kind from clankerbot.catalogue_runs order by id',
    );
    return rows.map(({ kind }) => kind);
  };

  it('asks for changes when the time has come, everything when half of the time to live is over', async () => {
    await app.readAll();
    const upkeep = app.app.get(CatalogueUpkeep);
    await upkeep.refresh();
    expect(await kindsOfRuns()).toEqual(['full']);
    clock.offsetMs += 61 * 60_000;
    await upkeep.refresh();
    await app.untilOver();
    await upkeep.refresh();
    expect(await kindsOfRuns()).toEqual(['full', 'changes']);
    clock.offsetMs += 4 * 86_400_000;
    await upkeep.refresh();
    await app.untilOver();
    expect(await kindsOfRuns()).toEqual(['full', 'changes', 'full']);
  });

  it('lets go of what was not seen for too long', async () => {
    app.sandbox.add('tags', { name: 'urgent' });
    await app.readAll();
    app.sandbox.faults.add({ kind: 'status', status: 401, path: '/' });
    clock.offsetMs += 8 * 86_400_000;
    await app.app.get(CatalogueUpkeep).run();
    await app.untilOver();
    expect(await app.list()).toEqual([]);
  });
});
