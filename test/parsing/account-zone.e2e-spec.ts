import request from 'supertest';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { calls, type FakeModel, startFakeModel } from '../support/fake-model.js';

/** In New York on 2 November at 22:00, and on 3 November at 21:00. */
const [EARLY, LATE] = ['2025-11-03T03:00:00Z', '2025-11-04T02:00:00Z'];

describe('a day of an account in New York', () => {
  let sandbox: ClockifySandbox;
  let model: FakeModel;
  let service: TestApp;
  beforeAll(async () => {
    sandbox = new ClockifySandbox({ user: { timeZone: 'America/New_York' } });
    await sandbox.start();
    model = await startFakeModel();
    service = await startTestApp({
      env: { ...sandbox.environment, DEEPSEEK_API_KEY: 'sk_test_0123456789', LLM_BASE_URL: model.url },
    });
    for (const start of [EARLY, LATE]) {
      const params = {
        workspaceId: sandbox.workspace.id,
        body: { start, end: start.replace(':00:', ':30:') },
      };
      await request(service.url)
        .post('/actions/run')
        .send({ integration: 'clockify', operation: 'create_time_entry', params })
        .expect(200);
    }
  });
  afterAll(async () => {
    await service.close();
    await model.close();
    await sandbox.stop();
  });

  const run = async (said: string, timeZone?: string) => {
    model.replies.splice(
      0,
      Infinity,
      calls('clockify__list_time_entries', { workspaceId: sandbox.workspace.id }),
    );
    const text = `show my time entries ${said} in workspace ${sandbox.workspace.id}`;
    sandbox.requests.clear();
    const { body } = await request(service.url)
      .post('/actions/run')
      .send({ text, llm: true, timeZone })
      .expect(200);
    const entries = body.timeEntries as { timeInterval: { start: string } }[];
    const { start, end } = sandbox.requests.of('getTimeEntries')[0]?.query ?? {};
    return { window: [start, end], starts: entries.map((entry) => entry.timeInterval.start) };
  };

  it('is asked about as its own clock shows it', async () => {
    expect(await run('of 2025-11-03')).toEqual({
      window: ['2025-11-03T00:00:00Z', '2025-11-03T23:59:59Z'],
      starts: [LATE],
    });
    expect((await run('of 2025-11-02')).starts).toEqual([EARLY]);
  });

  it('has times of day by the same clock', async () => {
    expect(await run('of 2025-11-03 from 20:00 to 22:00')).toEqual({
      window: ['2025-11-03T20:00:00Z', '2025-11-03T22:00:00Z'],
      starts: [LATE],
    });
  });

  it('is another where the request names a zone', async () => {
    expect(await run('of 2025-11-03', 'Europe/Paris')).toEqual({
      window: ['2025-11-02T18:00:00Z', '2025-11-03T17:59:59Z'],
      starts: [EARLY],
    });
    expect((await run('of 2025-11-03', 'UTC')).starts).toEqual([EARLY]);
  });

  it('holds instants that are written out', async () => {
    const { window } = await run('from 2025-11-04T01:00:00Z to 2025-11-04T03:00:00Z');
    expect(window).toEqual(['2025-11-03T20:00:00Z', '2025-11-03T22:00:00Z']);
  });

  it('is what work is written on', async () => {
    const parse = async (timeZone?: string): Promise<unknown> => {
      model.replies.splice(0, Infinity, calls('clockify__create_time_entry', { description: 'Website' }));
      const { body } = await request(service.url)
        .post('/actions/parse?llm=true')
        .send({ text: 'log 2h on 2025-11-03 at 9:00 on Website', timeZone })
        .expect(200);
      return body.data.params.body.start;
    };
    expect(await parse()).toBe('2025-11-03T14:00:00Z');
    expect(await parse('Europe/Paris')).toBe('2025-11-03T08:00:00Z');
  });

  it('is not guessed when the account cannot be asked', async () => {
    const lost = await startTestApp({
      env: {
        ...sandbox.environment,
        CLOCKIFY_BASE_URL: `${sandbox.url}/nowhere`,
        CLOCKIFY_RETRY_DELAY_MS: '5',
        DEEPSEEK_API_KEY: 'sk_test_0123456789',
        LLM_BASE_URL: model.url,
      },
    });
    model.replies.splice(0, Infinity, calls('clockify__list_time_entries', {}));
    const refused = await request(lost.url)
      .post('/actions/parse?llm=true')
      .send({ text: 'show my time entries of yesterday' })
      .expect(400);
    expect(refused.body.error.details.llm).toContain('time zone of the account could not be asked');
    await lost.close();
  });
});
