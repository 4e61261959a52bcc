import request from 'supertest';
import { AnswerBox } from '../../src/actions/answer-box.js';
import { type ActionsApp, startActionsApp } from '../support/actions-app.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { startHttpServer, type TestServer } from '../support/http-server.js';

const LEVELS = 6000;
const DEEP = `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`;
const CREATE = {
  integration: 'clockify',
  operation: 'create_client',
  params: { workspaceId: 'w', body: { name: 'Acme' } },
};

function run(service: TestApp, body: object, key?: string): request.Test {
  const sent = request(service.url).post('/actions/run');
  return (key === undefined ? sent : sent.set('Idempotency-Key', key)).send(body);
}

async function journalOf(service: TestApp): Promise<unknown[]> {
  const { body } = await request(service.url).get('/actions/runs').expect(200);
  return body.data.items as unknown[];
}

describe('an answer that is nested too deeply to be passed on', () => {
  describe('of http-request', () => {
    let target: TestServer;
    let service: TestApp;
    beforeAll(async () => {
      target = await startHttpServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(DEEP);
      });
      service = await startTestApp({
        env: {
          HTTP_REQUEST_ENABLED: 'true',
          HTTP_REQUEST_PLAIN_HTTP: 'true',
          HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
        },
      });
    });
    afterAll(async () => {
      await service.close();
      await target.close();
    });

    it('is text, for the caller, for repeats and in the journal', async () => {
      const body = { integration: 'http-request', operation: 'POST', params: { url: target.url } };
      const first = await run(service, body, 'deep').expect(200);
      expect(first.body).toMatchObject({ status: 200, body: DEEP });
      const again = await run(service, body, 'deep').expect(200);
      expect(again.body.body).toBe(DEEP);
      expect(target.received).toHaveLength(1);
      expect(await journalOf(service)).toMatchObject([{ operation: 'POST', outcome: 'succeeded' }]);
      await run(service, { ...body, operation: 'GET' }).expect(200);
    });
  });

  describe('of any integration', () => {
    let service: ActionsApp;
    beforeAll(async () => {
      service = await startActionsApp();
      service.fake.onExecute = async () => JSON.parse(DEEP) as unknown;
    });
    afterAll(() => service.close());
    beforeEach(async () => {
      service.fake.calls.length = 0;
      await service.engine.pool.query('truncate clankerbot.action_runs');
    });

    it.each(['with-a-key', undefined])('ends a write as unknown (%s)', async (key) => {
      const first = await run(service, CREATE, key).expect(502);
      expect(first.body.error).toMatchObject({ code: 'upstream_error', details: { outcome: 'unknown' } });
      expect(await journalOf(service)).toMatchObject([
        { outcome: 'unknown', result: null, error: { code: 'upstream_error' } },
      ]);
    });

    it('is said to repeats with the same key, and nothing is sent again', async () => {
      const first = await run(service, CREATE, 'repeated').expect(502);
      const again = await run(service, CREATE, 'repeated').expect(502);
      expect(again.body.error).toEqual(first.body.error);
      expect(service.fake.calls).toHaveLength(1);
    });

    it('fails a read, and gives its key back', async () => {
      const body = { integration: 'clockify', operation: 'list_workspaces' };
      for (let i = 0; i < 2; i++) {
        const response = await run(service, body, 'read').expect(502);
        expect(response.body.error.details.outcome).toBe('none');
      }
      expect(service.fake.calls).toHaveLength(2);
    });
  });
});

describe('an answer that cannot be written down', () => {
  it('ends the run all the same, as one whose outcome is unknown', async () => {
    const service = await startActionsApp();
    const box = service.app.get(AnswerBox);
    const close = box.close.bind(box);
    let failures = 0;
    box.close = (answer, runId) => {
      if (failures++ === 0) throw new RangeError('Invalid string length');
      return close(answer, runId);
    };
    const response = await run(service, CREATE, 'too-long').expect(500);
    expect(response.body.error.details.outcome).toBe('unknown');
    expect(await journalOf(service)).toMatchObject([{ outcome: 'unknown', result: null }]);
    expect((await run(service, CREATE, 'too-long').expect(500)).body.error).toEqual(response.body.error);
    expect(service.fake.calls).toHaveLength(1);
    await service.close();
  });
});
