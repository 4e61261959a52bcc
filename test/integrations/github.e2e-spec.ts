import request from 'supertest';
import { USER_AGENT } from '../../src/config/version.js';
import { type FakeGithub, GITHUB_TOKEN, startFakeGithub } from '../github-sandbox/fake-github.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { sendJson } from '../support/http-server.js';

const CREATE = 'POST /repos/{owner}/{repo}/issues';

describe('github through POST /actions/run', () => {
  let github: FakeGithub;
  let service: TestApp;
  beforeAll(async () => {
    github = await startFakeGithub();
    service = await startTestApp({
      env: { GITHUB_TOKEN, GITHUB_BASE_URL: github.baseUrl, LOG_LEVEL: 'trace' },
    });
  });
  afterAll(async () => {
    await service.close();
    await github.close();
  });
  beforeEach(() => github.reset());

  const run = (body: object) => request(service.url).post('/actions/run').send(body);

  it('creates the issue that was said in one line', async () => {
    const text = 'github.create_issue owner=acme repo=site title="The page does not load" labels=bug,urgent';
    const { body } = await run({ text }).expect(200);
    expect(body).toMatchObject({ ok: true, number: expect.any(Number) });
    expect(JSON.parse(String(github.callsOf(CREATE)[0]?.body))).toEqual({
      title: 'The page does not load',
      labels: ['bug', 'urgent'],
    });
    expect(github.received[0]?.headers['user-agent']).toBe(USER_AGENT);
    expect(github.faults).toEqual([]);
  });

  it('answers a list under its name', async () => {
    const { body } = await run({ text: 'github.list_issues owner=acme repo=site state=open' }).expect(200);
    expect(body).toMatchObject({
      ok: true,
      issues: [expect.objectContaining({ number: expect.any(Number) })],
    });
  });

  it("answers GitHub's refusals with our codes, and shows no token anywhere", async () => {
    github.next(CREATE, (_request, response) =>
      sendJson(response, { message: `Not Found ${GITHUB_TOKEN}` }, 404),
    );
    const params = { owner: 'acme', repo: 'site', title: 'x' };
    const { body } = await run({ integration: 'github', operation: 'create_issue', params }).expect(404);
    expect(body.error).toMatchObject({
      code: 'not_found',
      details: { outcome: 'none', upstreamMessage: 'Not Found [redacted]' },
    });
    expect(JSON.stringify([body, service.logs])).not.toContain(GITHUB_TOKEN);
  });

  it('shows what it would send, and sends nothing', async () => {
    const params = { owner: 'acme', repo: 'site', issue_number: 7, labels: ['bug'] };
    const { body } = await request(service.url)
      .post('/actions/run?dryRun=true')
      .send({ integration: 'github', operation: 'add_labels', params })
      .expect(200);
    expect(body.request).toMatchObject({
      method: 'POST',
      url: `${github.baseUrl}/repos/acme/site/issues/7/labels`,
      body: { labels: ['bug'] },
    });
    expect(github.received).toEqual([]);
  });
});
