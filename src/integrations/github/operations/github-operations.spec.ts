import {
  type FakeGithub,
  GITHUB_TOKEN,
  startFakeGithub,
} from '../../../../test/github-sandbox/fake-github.js';
import {
  faultsBy,
  fieldsOf,
  GITHUB_EXAMPLES,
  GITHUB_FACTS,
  type RouteFacts,
} from '../../../../test/github-sandbox/github-facts.js';
import { githubIntegration } from '../../../../test/github-sandbox/start-github.js';
import { schemaCheck } from '../../schema-validator.js';
import type { GithubOperation } from './github-operation.js';
import { GITHUB_OPERATIONS } from './github-operations.js';

const factsOf = ({ route }: GithubOperation): RouteFacts => GITHUB_FACTS.routes[route] as RouteFacts;
const namesOf = ({ params }: GithubOperation): string[] => Object.keys(params['properties'] as object);
const operation = (name: string): GithubOperation =>
  GITHUB_OPERATIONS.find((known) => known.name === name) as GithubOperation;

/** Examples in GitHub's document that lack a field which it calls required, or have none at all. */
const SLIPS = [
  'GET /repos/{owner}/{repo}/pulls',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'POST /repos/{owner}/{repo}/pulls',
  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers',
  'GET /repos/{owner}/{repo}',
  'GET /repos/{owner}/{repo}/branches',
  'GET /repos/{owner}/{repo}/commits/{ref}',
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
  'POST /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}/attempts',
  'GET /app/installations',
];

describe('the operations of GitHub, against its own OpenAPI document', () => {
  let github: FakeGithub;
  beforeAll(async () => {
    github = await startFakeGithub();
  });
  afterAll(() => github.close());
  beforeEach(() => github.reset());

  it('are there under their routes, and take only what these know', () => {
    const strangers = GITHUB_OPERATIONS.flatMap((known) => {
      const { parameters, body } = factsOf(known);
      const places = [...factsOf(known).path.matchAll(/\{/g)].length;
      const theirs = [...parameters.map(({ name }) => name), ...(body ? fieldsOf(body) : [])];
      const own = namesOf(known).slice(places);
      return own.filter((name) => !theirs.includes(name)).map((name) => `${known.name}.${name}`);
    });
    expect(strangers).toEqual([]);
  });

  it('ask for all that GitHub requires', () => {
    const forgotten = GITHUB_OPERATIONS.flatMap((known) => {
      const { parameters, body } = factsOf(known);
      const theirs = [
        ...parameters
          .filter((parameter) => parameter.required && parameter.in === 'query')
          .map(({ name }) => name),
        ...((body?.['required'] as string[] | undefined) ?? []),
      ];
      const own = known.params['required'] as string[];
      return theirs.filter((name) => !own.includes(name)).map((name) => `${known.name}.${name}`);
    });
    expect(forgotten).toEqual([]);
  });

  it('change something exactly where the method does', () => {
    const wrong = GITHUB_OPERATIONS.filter(({ route, isWrite }) => isWrite === route.startsWith('GET '));
    expect(wrong).toEqual([]);
  });

  it.each(GITHUB_OPERATIONS.map(({ name }) => [name]))(
    '%s sends what GitHub accepts and answers what GitHub answers',
    async (name) => {
      const github_ = githubIntegration({ GITHUB_TOKEN, GITHUB_BASE_URL: github.baseUrl });
      const known = operation(name);
      const result = await github_.execute(known, known.example, { requestId: 'r', priority: 'background' });
      expect(github.faults).toEqual([]);
      expect(result).toEqual(GITHUB_EXAMPLES[known.route]?.body ?? {});
      expect(github.received).toHaveLength(1);
    },
  );

  it('have examples of answers that are as GitHub says they are, but for what GitHub itself leaves out', () => {
    const wrong = Object.entries(GITHUB_EXAMPLES).filter(([route, { status, body }]) => {
      const schema = GITHUB_FACTS.routes[route]?.answers[status];
      return schema && faultsBy(schema, body).length > 0;
    });
    expect(wrong.map(([route]) => route)).toEqual(SLIPS);
  });

  it.each([
    [{ owner: '..', repo: 'site' }, 'owner'],
    [{ owner: 'acme/x', repo: 'site' }, 'owner'],
    [{ owner: 'acme', repo: '..' }, 'repo'],
    [{ owner: 'acme', repo: 'a/../../b' }, 'repo'],
    [{ owner: 'acme', repo: 'site?x=1' }, 'repo'],
  ])('lead nowhere else: %j', (params, path) => {
    expect(schemaCheck(operation('get_repository').params)(params)).toMatchObject([{ path }]);
  });

  it.each(['../secrets', 'a/../b', './a', '/etc/passwd', 'a//b', 'a/..', '..', '', 'a\nb'])(
    'take no path such as %j',
    (path) => {
      const params = { owner: 'acme', repo: 'site', path };
      expect(schemaCheck(operation('get_content').params)(params)).toMatchObject([{ path: 'path' }]);
    },
  );
});
