import request from 'supertest';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { until } from '../support/until.js';
import { deliver } from '../support/webhook-client.js';

const START = '2026-01-05T09:00:00Z';
const END = '2026-01-05T10:00:00Z';

describe('a null in a body for Clockify', () => {
  let sandbox: ClockifySandbox;
  let service: TestApp;
  let workspaceId: string;
  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    workspaceId = String(sandbox.workspace.id);
    service = await startTestApp({ env: sandbox.environment });
  });
  afterAll(async () => {
    await service.close();
    await sandbox.stop();
  });

  const send = (operation: string, params: object, query = '') =>
    request(service.url)
      .post(`/actions/run${query}`)
      .send({ integration: 'clockify', operation, params: { workspaceId, ...params } });
  const sentBody = async (operation: string, params: object): Promise<unknown> =>
    (await send(operation, params, '?dry_run=true').expect(200)).body.request.body;

  it('is left out where the field may be', async () => {
    const body = { start: START, end: END, description: 'x', projectId: null, taskId: null, tagIds: null };
    expect(await sentBody('create_time_entry', { body })).toEqual({
      start: START,
      end: END,
      description: 'x',
    });
    const made = await send('create_time_entry', { body }).expect(200);
    expect(made.body).toMatchObject({ description: 'x', taskId: null });
    expect(await sentBody('create_client', { name: 'Acme', note: null, address: null })).toEqual({
      name: 'Acme',
    });
  });

  it('is left out within a list and within an object', async () => {
    const rate = { amount: 5, since: null };
    const params = { name: 'Website', hourlyRate: rate, tasks: [{ name: 'Plan', assigneeIds: null }] };
    expect(await sentBody('create_project', params)).toMatchObject({
      hourlyRate: { amount: 5 },
      tasks: [{ name: 'Plan' }],
    });
  });

  it.each([
    ['create_time_entry', { start: null, end: END }, 'params.body.start', 'must be string'],
    ['create_client', { name: null }, 'params.body.name', 'must be string'],
    ['create_time_entry', { start: START, tagIds: [null] }, 'params.body.tagIds[0]', 'must be string'],
    ['create_client', { name: 'Acme', surprise: null }, 'params.body.surprise', 'is not known here'],
    ['create_client', { name: 'Acme', constructor: null }, 'params.body.constructor', 'is not known here'],
  ])('is refused by %s in %j', async (operation, body, path, message) => {
    const refused = await send(operation, { body }).expect(400);
    expect(refused.body.error.details).toEqual([{ path, message }]);
  });

  it('is refused as a filter, without which the answer would be another', async () => {
    const refused = await send('list_clients', { name: null }).expect(400);
    expect(refused.body.error.details).toEqual([{ path: 'params.name', message: 'must be string' }]);
  });

  it('stays where null is a value', async () => {
    const params = { customFieldId: 'c', projectId: 'p', body: { defaultValue: null } };
    expect(await sentBody('editProjectCustomFieldDefaultValue', params)).toEqual({ defaultValue: null });
  });

  it('does not fail a flow that copies what Clockify sent', async () => {
    const flow = await request(service.url)
      .post('/flows')
      .send({
        name: 'Copy the entry',
        trigger: { source: 'clockify', events: ['NEW_TIME_ENTRY'] },
        steps: [
          {
            id: 'copy',
            action: 'clockify.create_time_entry',
            params: {
              workspaceId: '{{ event.workspaceId }}',
              body: {
                start: '{{ payload.timeInterval.start }}',
                end: '{{ payload.timeInterval.end }}',
                description: 'copied',
                taskId: '{{ payload.taskId }}',
                projectId: '{{ payload.projectId }}',
              },
            },
          },
        ],
      })
      .expect(201);
    const entry = {
      id: 'e1',
      workspaceId,
      taskId: null,
      projectId: null,
      timeInterval: { start: START, end: END },
    };
    await deliver(service.url, 'clockify', entry, { 'Clockify-Webhook-Event-Type': 'NEW_TIME_ENTRY' });
    let runs: { status: string; error: unknown }[] = [];
    await until(
      async () => {
        runs = (await request(service.url).get(`/flows/${flow.body.data.id}/runs`)).body.data.items;
        return runs.some(({ status }) => ['succeeded', 'failed'].includes(status));
      },
      { what: () => `the end of ${JSON.stringify(runs)}` },
    );
    expect(runs).toMatchObject([{ status: 'succeeded' }]);
    expect(sandbox.list('timeEntries')).toContainEqual(expect.objectContaining({ description: 'copied' }));
  });
});
