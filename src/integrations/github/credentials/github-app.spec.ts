import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import { type FakeGithub, startFakeGithub } from '../../../../test/github-sandbox/fake-github.js';
import { githubIntegration } from '../../../../test/github-sandbox/start-github.js';
import { type Handler, sendJson } from '../../../../test/support/http-server.js';
import { Clock } from '../../../clock/clock.js';
import type { Params } from '../../integration.js';
import type { GithubIntegration } from '../github.integration.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = String(privateKey.export({ type: 'pkcs1', format: 'pem' }));
const MINT = 'POST /app/installations/{installation_id}/access_tokens';
const INSTALLATION = 'GET /repos/{owner}/{repo}/installation';
const GET = 'GET /repos/{owner}/{repo}/issues/{issue_number}';
const ISSUE = { owner: 'acme', repo: 'site', issue_number: 7 };

class SetClock extends Clock {
  ms = Date.parse('2026-11-30T12:00:00Z');
  override nowMs(): number {
    return this.ms;
  }
}

describe('a GitHub App', () => {
  let github: FakeGithub;
  let clock: SetClock;
  let minted: number;
  let app: GithubIntegration;

  const isApps: Handler = ({ headers }) => {
    const [head, claims, signature] = (headers.authorization ?? '').replace('Bearer ', '').split('.');
    const isSigned = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(
        createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
        signature ?? '',
        'base64url',
      );
    const { iss, iat, exp } = JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()) as Record<
      string,
      number
    >;
    const seconds = clock.ms / 1000;
    if (!isSigned || String(iss) !== '12' || iat! > seconds || exp! - seconds > 600)
      github.faults.push('bad JWT');
  };
  const mint: Handler = (request, response) => {
    isApps(request, response);
    minted += 1;
    const token = `installation-token-${minted}`;
    github.accepted.add(`Bearer ${token}`);
    sendJson(response, { token, expires_at: new Date(clock.ms + 3_600_000).toISOString() }, 201);
  };
  const installed: Handler = (request, response) => {
    isApps(request, response);
    sendJson(response, { id: 99 });
  };

  beforeAll(async () => {
    github = await startFakeGithub();
  });
  afterAll(() => github.close());
  beforeEach(() => {
    github.reset();
    clock = new SetClock();
    minted = 0;
    app = make({});
    github.next(MINT, mint, mint, mint);
    github.next(INSTALLATION, installed);
  });

  const make = (env: Record<string, string>): GithubIntegration =>
    githubIntegration(
      { GITHUB_APP_ID: '12', GITHUB_APP_PRIVATE_KEY: PEM, GITHUB_BASE_URL: github.baseUrl, ...env },
      clock,
    );
  const run = (name: string, params: Params, from = app): Promise<unknown> =>
    from.execute(from.find(name)!, params, { requestId: 'r', priority: 'background' });

  it('acts with a token of the installation that the repository has, asked for once', async () => {
    await Promise.all([run('get_issue', ISSUE), run('get_issue', ISSUE), run('get_issue', ISSUE)]);
    await run('get_issue', ISSUE);
    expect(github.callsOf(MINT).map(({ url }) => url)).toEqual(['/app/installations/99/access_tokens']);
    expect(github.callsOf(GET).map(({ headers }) => headers.authorization)).toEqual(
      Array.from({ length: 4 }, () => 'Bearer installation-token-1'),
    );
    expect(github.faults).toEqual([]);
  });

  it('asks for another before the hour is over', async () => {
    await run('get_issue', ISSUE);
    clock.ms += 54 * 60_000;
    await run('get_issue', ISSUE);
    clock.ms += 2 * 60_000;
    await Promise.all([run('get_issue', ISSUE), run('get_issue', ISSUE)]);
    expect([minted, github.faults]).toEqual([2, []]);
  });

  it('asks for another where GitHub does not know the one it has, and does what was asked once', async () => {
    await run('get_issue', ISSUE);
    github.accepted.delete('Bearer installation-token-1');
    await run('create_issue', { owner: 'acme', repo: 'site', title: 'x' });
    expect(minted).toBe(2);
    expect(
      github.callsOf('POST /repos/{owner}/{repo}/issues').map(({ headers }) => headers.authorization),
    ).toEqual(['Bearer installation-token-1', 'Bearer installation-token-2']);
  });

  it('says that it is not installed there', async () => {
    github.reset();
    github.next(INSTALLATION, (_request, response) => sendJson(response, { message: 'Not Found' }, 404));
    await expect(run('get_issue', ISSUE)).rejects.toMatchObject({
      code: 'forbidden',
      message: 'The GitHub App is not installed for acme/site',
      outcome: 'none',
    });
  });

  it('uses its one installation for what is about no repository, and asks which where there are two', async () => {
    const answer =
      (...ids: number[]): Handler =>
      (_request, response) =>
        sendJson(
          response,
          ids.map((id) => ({ id })),
        );
    github.next('GET /app/installations', answer(5), answer(5, 6));
    await run('get_user', {});
    expect(github.callsOf(MINT)[0]?.url).toBe('/app/installations/5/access_tokens');
    await expect(run('get_user', {})).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('takes its key in one line, and its installation from the configuration', async () => {
    const from = make({
      GITHUB_APP_PRIVATE_KEY: PEM.replaceAll('\n', '\\n'),
      GITHUB_APP_INSTALLATION_ID: '7',
    });
    await run('get_user', {}, from);
    expect(github.callsOf(MINT)[0]?.url).toBe('/app/installations/7/access_tokens');
  });

  it.each([
    [{ GITHUB_APP_ID: '1' }, 'GITHUB_APP_ID needs GITHUB_APP_PRIVATE_KEY'],
    [{ GITHUB_APP_PRIVATE_KEY: PEM }, 'GITHUB_APP_PRIVATE_KEY needs GITHUB_APP_ID'],
    [
      { GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: 'no key at all' },
      'GITHUB_APP_PRIVATE_KEY must be a private RSA key as PEM',
    ],
  ])('is not half configured', (env, mistake) => {
    const loading = (): GithubIntegration => githubIntegration(env as unknown as Record<string, string>);
    expect(loading).toThrow(expect.objectContaining({ message: expect.stringContaining(mistake) }));
  });
});
