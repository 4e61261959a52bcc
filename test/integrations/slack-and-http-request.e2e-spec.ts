import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';
import { type FakeSlack, SLACK_TOKEN, startFakeSlack } from '../support/fake-slack.js';
import { sendJson, startHttpServer, type TestServer } from '../support/http-server.js';

describe('slack and http-request through POST /actions/run', () => {
  let slack: FakeSlack;
  let target: TestServer;
  let service: TestApp;
  beforeAll(async () => {
    slack = await startFakeSlack();
    target = await startHttpServer((_request, response) => sendJson(response, { got: 'it' }));
    service = await startTestApp({
      env: {
        SLACK_BOT_TOKEN: SLACK_TOKEN,
        SLACK_BASE_URL: slack.baseUrl,
        HTTP_REQUEST_ENABLED: 'true',
        HTTP_REQUEST_PLAIN_HTTP: 'true',
        HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
        LOG_LEVEL: 'trace',
      },
    });
  });
  afterAll(async () => {
    await service.close();
    await target.close();
    await slack.close();
  });

  const run = (body: object) => request(service.url).post('/actions/run').send(body);

  it('posts what was said in one line, and says where it stands', async () => {
    const text = 'slack.post_message channel=#general text="hello world"';
    const response = await run({ text }).expect(200);
    expect(response.body).toMatchObject({ ok: true, channel: 'C012AB3CD', message: { text: 'hello world' } });
    expect(slack.messages).toHaveLength(1);
  });

  it("answers Slack's refusals with our codes, and shows no token anywhere", async () => {
    const params = { channel: '#nowhere', text: 'hi' };
    const response = await run({ integration: 'slack', operation: 'post_message', params }).expect(404);
    expect(response.body.error).toMatchObject({
      code: 'not_found',
      details: { slackError: 'channel_not_found', outcome: 'none' },
    });
    expect(JSON.stringify([response.body, service.logs])).not.toContain(SLACK_TOKEN);
  });

  it('lists what is missing before it calls anybody', async () => {
    const before = slack.received.length;
    const response = await run({ integration: 'slack', operation: 'post_message', params: {} }).expect(400);
    expect(response.body.error).toMatchObject({ code: 'validation_error' });
    expect(slack.received).toHaveLength(before);
  });

  it('sends a request to a permitted address, with a URL in one line', async () => {
    const text = `http-request.POST url=${target.url}/hook?x=1 body.name=Acme`;
    const response = await run({ text }).expect(200);
    expect(response.body).toMatchObject({ ok: true, status: 200, body: { got: 'it' } });
    expect(target.received[0]).toMatchObject({ method: 'POST', url: '/hook?x=1' });
    expect(JSON.parse(String(target.received[0]?.body))).toEqual({ name: 'Acme' });
  });

  it('shows no password of an address in the configuration, or of a query, where it only previews', async () => {
    const guarded = await startTestApp({
      env: {
        SLACK_BOT_TOKEN: SLACK_TOKEN,
        SLACK_BASE_URL: 'https://gateway:pa55-of-gateway@slack.example/api',
        HTTP_REQUEST_ENABLED: 'true',
      },
    });
    const preview = (body: object) => request(guarded.url).post('/actions/run?dry_run=true').send(body);
    const params = { channel: '#x', text: 'hi' };
    const post = await preview({ integration: 'slack', operation: 'post_message', params }).expect(200);
    expect(post.body.request.url).toBe('https://gateway:[redacted]@slack.example/api/chat.postMessage');
    expect(JSON.stringify(post.body)).not.toContain('pa55');
    const url = 'https://example.com/?password=hunter22';
    const get = await preview({ integration: 'http-request', operation: 'GET', params: { url } }).expect(200);
    expect(get.body.request.url).toBe('https://example.com/?password=[redacted]');
    await guarded.close();
  });

  it.each(['http://169.254.169.254/latest/meta-data', 'http://0xa.1/', 'http://[::1]/'])(
    'refuses to call %s',
    async (url) => {
      const response = await run({ integration: 'http-request', operation: 'GET', params: { url } }).expect(
        403,
      );
      expect(response.body.error).toMatchObject({
        code: 'forbidden',
        message: 'This address may not be called, or its name is not known',
      });
    },
  );
});
