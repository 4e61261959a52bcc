import request from 'supertest';
import { USER_AGENT } from '../../src/config/version.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { calls, type FakeModel, startFakeModel } from '../support/fake-model.js';
import { type FakeSlack, SLACK_TOKEN, startFakeSlack } from '../support/fake-slack.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';

describe('a call of this service', () => {
  let model: FakeModel;
  let slack: FakeSlack;
  let other: TestServer;
  let service: TestApp;
  beforeAll(async () => {
    model = await startFakeModel();
    model.replies.push(calls('clockify__get_user', {}));
    slack = await startFakeSlack();
    other = await startHttpServer((_request, response) => sendJson(response, { id: 'u1' }));
    service = await startTestApp({
      env: {
        DEEPSEEK_API_KEY: 'model-secret-0001',
        LLM_BASE_URL: model.url,
        CLOCKIFY_API_KEY: 'clockify-secret-0001',
        CLOCKIFY_BASE_URL: `${other.url}/api`,
        SLACK_BOT_TOKEN: SLACK_TOKEN,
        SLACK_BASE_URL: slack.baseUrl,
        HTTP_REQUEST_ENABLED: 'true',
        HTTP_REQUEST_PLAIN_HTTP: 'true',
        HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
      },
    });
  });
  afterAll(async () => {
    await service.close();
    await other.close();
    await slack.close();
    await model.close();
  });

  const run = (body: object) => request(service.url).post('/actions/run').send(body).expect(200);
  const agents = ({ received }: TestServer): unknown[] =>
    received.map(({ headers }) => headers['user-agent']);

  it('says who calls, in which version', async () => {
    await run({ text: 'Get my Clockify user info', llm: true });
    await run({ text: 'slack.post_message channel=#general text=hello' });
    await run({ text: `http-request.GET url=${other.url}/hook` });
    expect(USER_AGENT).toMatch(/^clankerbot\/\d+\.\d+\.\d+$/);
    expect(agents(model)).toEqual([USER_AGENT]);
    expect(agents(slack)).toEqual([USER_AGENT]);
    expect(other.received.map(({ url }) => url)).toEqual(['/api/v1/user', '/hook']);
    expect(agents(other)).toEqual([USER_AGENT, USER_AGENT]);
  });

  it('says what the caller of an http-request wants it to say', async () => {
    other.received.length = 0;
    const params = { url: `${other.url}/hook`, headers: { 'User-Agent': 'theirs/1' } };
    await run({ integration: 'http-request', operation: 'GET', params });
    expect(agents(other)).toEqual(['theirs/1']);
  });
});
