import request from 'supertest';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { calls, type FakeModel, startFakeModel } from '../support/fake-model.js';

const START = '2026-01-05T09:00:00Z';

describe('booking time without a start', () => {
  let sandbox: ClockifySandbox;
  let model: FakeModel;
  let service: TestApp;
  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    model = await startFakeModel();
    service = await startTestApp({
      env: { ...sandbox.environment, DEEPSEEK_API_KEY: 'sk_test_0123456789', LLM_BASE_URL: model.url },
    });
  });
  afterAll(async () => {
    await service.close();
    await model.close();
    await sandbox.stop();
  });

  const send = (body: object) => request(service.url).post('/actions/run').send(body);
  const run = (operation: string, body?: object) => {
    const workspaceId = sandbox.workspace.id;
    const userId = operation === 'create_time_entry' ? {} : { userId: sandbox.user.id };
    const params = { workspaceId, ...userId, ...(body === undefined ? {} : { body }) };
    return send({ integration: 'clockify', operation, params });
  };
  const entries = () => sandbox.list('timeEntries');

  it.each(['create_time_entry', 'create_time_entry_for_user'])(
    'is refused by %s before any call, and starts no timer',
    async (operation) => {
      const response = await run(operation, { description: 'x' }).expect(400);
      expect(response.body.error.details).toEqual([{ path: 'params.body.start', message: 'is required' }]);
      await run(operation).expect(400);
      expect(entries()).toEqual([]);
    },
  );

  it('is refused when a model finds no time in the text', async () => {
    const args = { workspaceId: sandbox.workspace.id, description: 'the report' };
    model.replies.push(calls('clockify__create_time_entry', args));
    const text = `log work on the report in ${sandbox.workspace.id}`;
    const response = await send({ text, llm: true }).expect(400);
    expect(response.body.error).toMatchObject({
      code: 'validation_error',
      details: { llm: expect.stringContaining('body.start') },
    });
    expect(entries()).toEqual([]);
  });

  it('is not needed with a start: an entry without an end is still a running timer', async () => {
    const response = await run('create_time_entry', { start: START }).expect(200);
    expect(response.body.timeInterval).toMatchObject({ start: START, end: null });
  });

  it('is a timer by start_timer, and as the vendor has it under its own name', async () => {
    const workspaceId = sandbox.workspace.id;
    const timer = { integration: 'clockify', operation: 'start_timer', params: { workspaceId } };
    expect((await send(timer).expect(200)).body.timeInterval.end).toBeNull();
    const own = { ...timer, operation: 'createTimeEntry', params: { workspaceId, body: {} } };
    expect((await send(own).expect(200)).body.timeInterval.end).toBeNull();
  });
});
