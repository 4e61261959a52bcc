import {
  type FakeGithub,
  GITHUB_TOKEN,
  sendAsGithub,
  startFakeGithub,
} from '../../../test/github-sandbox/fake-github.js';
import { githubIntegration } from '../../../test/github-sandbox/start-github.js';
import { type ReceivedRequest, sendJson } from '../../../test/support/http-server.js';
import { until } from '../../../test/support/until.js';
import type { ExecutionContext, Params } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import type { GithubIntegration } from './github.integration.js';

const CREATE = 'POST /repos/{owner}/{repo}/issues';
const LIST = 'GET /repos/{owner}/{repo}/issues';
const GET = 'GET /repos/{owner}/{repo}/issues/{issue_number}';
const UNLABEL = 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}';
const REPO = { owner: 'acme', repo: 'site' };
const ISSUE = { ...REPO, title: 'It does not load' };

describe('the github integration', () => {
  let github: FakeGithub;
  beforeAll(async () => {
    github = await startFakeGithub();
  });
  afterAll(() => github.close());
  beforeEach(() => github.reset());

  const integration = (env: Record<string, string> = {}): GithubIntegration =>
    githubIntegration({ GITHUB_TOKEN, GITHUB_BASE_URL: github.baseUrl, ...env });
  const run = (
    name: string,
    params: Params,
    {
      from = integration(),
      context = {},
    }: { from?: GithubIntegration; context?: Partial<ExecutionContext> } = {},
  ): Promise<unknown> =>
    from.execute(from.find(name)!, params, { requestId: 'req-1', priority: 'interactive', ...context });
  const refusing =
    (status: number, body: object, headers: object = {}) =>
    (_request: ReceivedRequest, response: Parameters<typeof sendJson>[0]): void =>
      sendJson(response, body, status, headers);
  const cut = (_request: ReceivedRequest, response: Parameters<typeof sendJson>[0]): void =>
    void response.socket?.destroy();

  it('says who it is, in which version of the API, and passes the request id on', async () => {
    await run('create_issue', ISSUE);
    expect(github.received[0]).toMatchObject({
      method: 'POST',
      url: '/repos/acme/site/issues',
      headers: { authorization: `Bearer ${GITHUB_TOKEN}`, 'x-request-id': 'req-1' },
    });
    expect(JSON.parse(String(github.received[0]?.body))).toEqual({ title: 'It does not load' });
  });

  it('finds GitHub Enterprise Server below its address', async () => {
    const enterprise = await startFakeGithub('/api/v3');
    const from = integration({ GITHUB_BASE_URL: `${enterprise.baseUrl}/` });
    await run('get_user', {}, { from });
    expect([enterprise.received[0]?.url, enterprise.faults]).toEqual(['/api/v3/user', []]);
    await enterprise.close();
  });

  describe('reading a list', () => {
    const pages = (request: ReceivedRequest, response: Parameters<typeof sendJson>[0]): void => {
      const page = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 1);
      const link = `<http://elsewhere.example/repositories/1/issues?page=${page + 1}>; rel="next"`;
      sendAsGithub(request, response, { status: 200, body: [{ number: page }] }, page < 3 ? { link } : {});
    };

    it('goes to its end, a hundred at a time, and never to an address that an answer names', async () => {
      github.next(LIST, pages, pages, pages);
      expect(await run('list_issues', REPO)).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
      expect(github.received.map(({ url }) => url)).toEqual([
        '/repos/acme/site/issues?per_page=100',
        '/repos/acme/site/issues?per_page=100&page=2',
        '/repos/acme/site/issues?per_page=100&page=3',
      ]);
    });

    it('stops at the page that was asked for', async () => {
      github.next(LIST, pages);
      expect(await run('list_issues', { ...REPO, page: 2, per_page: 1 })).toEqual([{ number: 2 }]);
    });

    it('asks with the ETag that is known, and answers what has not changed from what it knows', async () => {
      const from = integration();
      const first = await run('list_issues', { ...REPO, page: 1 }, { from });
      const second = await run('list_issues', { ...REPO, page: 1 }, { from });
      expect(github.received.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([
        false,
        true,
      ]);
      expect(second).toEqual(first);
      expect(second).not.toBe(first);
    });

    it('goes on to the next page behind one that has not changed', async () => {
      const from = integration();
      github.next(LIST, pages, pages, pages, pages, pages, pages);
      const first = await run('list_issues', REPO, { from });
      expect(await run('list_issues', REPO, { from })).toEqual(first);
      expect(github.received).toHaveLength(6);
    });
  });

  describe('limited by GitHub', () => {
    it('waits as long as Retry-After says where that is short, and then writes once', async () => {
      github.next(
        CREATE,
        refusing(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '1' }),
      );
      const startedMs = performance.now();
      await run('create_issue', ISSUE);
      expect(performance.now() - startedMs).toBeGreaterThan(900);
      expect(github.callsOf(CREATE)).toHaveLength(2);
    });

    it.each([
      [
        'a primary limit',
        403,
        {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': '2000003600',
          date: 'Wed, 18 May 2033 03:33:20 GMT',
        },
        3600,
      ],
      [
        'a primary limit by 429',
        429,
        {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': '2000000100',
          date: 'Wed, 18 May 2033 03:33:20 GMT',
        },
        100,
      ],
      ['a secondary limit', 403, { 'retry-after': '300' }, 300],
      ['a secondary limit without a time', 429, {}, 60],
    ])(
      'says for how long at %s, and sends nothing more meanwhile',
      async (_what, status, headers, seconds) => {
        const from = integration();
        github.next(CREATE, refusing(status, { message: 'API rate limit exceeded' }, headers));
        await expect(run('create_issue', ISSUE, { from })).rejects.toMatchObject({
          code: 'rate_limited',
          retryAfterSeconds: seconds,
          outcome: 'none',
        });
        await expect(run('get_issue', { ...REPO, issue_number: 7 }, { from })).rejects.toMatchObject({
          code: 'rate_limited',
          outcome: 'none',
        });
        expect(github.received).toHaveLength(1);
      },
    );

    it('lets searches go on where only the rest is used up, and can be asked what is left', async () => {
      const from = integration();
      github.next(CREATE, refusing(429, {}, { 'retry-after': '300' }));
      await expect(run('create_issue', ISSUE, { from })).rejects.toMatchObject({ code: 'rate_limited' });
      await run('search_issues', { q: 'is:open' }, { from });
      await run('get_rate_limit', {}, { from });
      expect(github.received).toHaveLength(3);
    });

    it('stops behind the answer that used up the last request', async () => {
      const from = integration();
      const headers = {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '2000000100',
        date: 'Wed, 18 May 2033 03:33:20 GMT',
      };
      github.next(GET, (request, response) =>
        sendAsGithub(request, response, { status: 200, body: { number: 7 } }, headers),
      );
      expect(await run('get_issue', { ...REPO, issue_number: 7 }, { from })).toEqual({ number: 7 });
      await expect(run('create_issue', ISSUE, { from })).rejects.toMatchObject({ retryAfterSeconds: 100 });
    });

    it('takes an ordinary 403 for what it is', async () => {
      const from = integration();
      github.next(CREATE, refusing(403, { message: 'Resource not accessible by personal access token' }));
      await expect(run('create_issue', ISSUE, { from })).rejects.toMatchObject({
        code: 'forbidden',
        outcome: 'none',
      });
      await run('create_issue', ISSUE, { from });
      expect(github.callsOf(CREATE)).toHaveLength(2);
    });
  });

  describe('without an answer', () => {
    it.each([
      ['breaks', cut],
      ['is a 502', refusing(502, {})],
      [
        'is no JSON',
        (_request: ReceivedRequest, response: Parameters<typeof sendJson>[0]): void =>
          void response.end('<html>'),
      ],
    ])('creates nothing a second time where it %s', async (_how, answer) => {
      github.next(CREATE, answer);
      await expect(run('create_issue', ISSUE)).rejects.toMatchObject({
        code: 'upstream_error',
        outcome: 'unknown',
      });
      expect(github.callsOf(CREATE)).toHaveLength(1);
    });

    it('reads again, and changes again what a second time does not change', async () => {
      github.next(GET, cut, refusing(502, {}));
      await run('get_issue', { ...REPO, issue_number: 7 });
      github.next('PATCH /repos/{owner}/{repo}/issues/{issue_number}', cut);
      await run('update_issue', { ...REPO, issue_number: 7, state: 'closed' });
      expect(github.received).toHaveLength(5);
    });

    it('takes for deleted what is not there any more when it is deleted again', async () => {
      github.next(UNLABEL, cut, refusing(404, { message: 'Label does not exist' }));
      expect(await run('remove_label', { ...REPO, issue_number: 7, name: 'bug' })).toEqual({});
    });

    it('but not what never was there', async () => {
      github.next(UNLABEL, refusing(404, { message: 'Label does not exist' }));
      await expect(run('remove_label', { ...REPO, issue_number: 7, name: 'bug' })).rejects.toMatchObject({
        code: 'not_found',
      });
    });

    it('says after how long it gave up', async () => {
      github.next(CREATE, () => undefined);
      const from = integration({ GITHUB_TIMEOUT_MS: '150' });
      await expect(run('create_issue', ISSUE, { from })).rejects.toMatchObject({
        status: 504,
        outcome: 'unknown',
      });
    });
  });

  it('sends nothing once its permit is lost while it waited, and asks for it first', async () => {
    github.next(CREATE, refusing(429, {}, { 'retry-after': '1' }));
    let isHeld = true;
    const permit = {
      get isHeld() {
        return isHeld;
      },
      renew: () => Promise.reject(new IntegrationError('unavailable', 'It is gone')),
    };
    const sent = run('create_issue', ISSUE, { context: { permit } });
    await until(() => github.received.length === 1);
    isHeld = false;
    await expect(sent).rejects.toMatchObject({ code: 'unavailable' });
    expect(github.callsOf(CREATE)).toHaveLength(1);
  });

  it.each([
    [401, { message: 'Bad credentials' }, 'unauthorized'],
    [404, { message: 'Not Found' }, 'not_found'],
    [410, { message: 'This issue was deleted' }, 'not_found'],
    [409, { message: 'Git Repository is empty.' }, 'conflict'],
    [
      422,
      {
        message: 'Validation Failed',
        errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }],
      },
      'validation_error',
    ],
    [
      422,
      {
        message: 'Validation Failed',
        errors: [{ resource: 'Label', field: 'name', code: 'already_exists' }],
      },
      'conflict',
    ],
    [451, { message: 'Repository access blocked' }, 'forbidden'],
  ])('maps a %s %j', async (status, body, code) => {
    github.next(CREATE, refusing(status, body));
    const { errors } = body as { errors?: object[] };
    await expect(run('create_issue', ISSUE)).rejects.toMatchObject({
      code,
      outcome: 'none',
      details: {
        upstreamMessage: body.message,
        upstreamStatus: status,
        ...(errors ? { githubErrors: errors } : {}),
      },
    });
  });

  it('goes nowhere that a repository has moved to, and says so', async () => {
    github.next(
      GET,
      refusing(301, { url: 'http://elsewhere.example/' }, { location: 'http://elsewhere.example/' }),
    );
    await expect(run('get_issue', { ...REPO, issue_number: 7 })).rejects.toMatchObject({
      code: 'not_found',
      upstreamStatus: 301,
    });
  });

  it('shows no token and nothing of what was sent in the words that it passes on', async () => {
    const title = 'a title that is nobody else’s business';
    github.next(
      CREATE,
      refusing(422, { message: `${GITHUB_TOKEN} ${title} ghp_x Bearer abcdefgh`, errors: [title] }),
    );
    const failure = run('create_issue', { ...REPO, title });
    const error = (await failure.catch((reason: unknown) => reason)) as IntegrationError;
    const shown = JSON.stringify([error.message, error.details]);
    expect([shown.includes(GITHUB_TOKEN), shown.includes(title), shown.includes('abcdefgh')]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
