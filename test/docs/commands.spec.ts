import { faultsOf } from '../support/commands/call-checks.js';
import { isThere, isVariable } from '../support/commands/repository.js';
import { isAsShown, runDocument } from '../support/document-shell.js';
import { documents, fences, readDocument } from '../support/markdown.js';
import { startHttpServer, type TestServer } from '../support/http-server.js';

/** These are run against a live service by tests of their own. */
const LIVE = new Set(['README.md', 'docs/QUICKSTART.md', 'docs/RUNBOOK.md']);
/** Each of its commands stands for itself, about a thing that the test of the API makes for it. */
const TESTED_OTHERWISE = new Set(['docs/API.md']);
const LANGUAGES = ['bash', 'ini', 'json', 'mermaid', 'sql', 'text', 'ts', 'yaml'];
/** Of Compose, of scripts and of tests. */
const OTHER_VARIABLES =
  /^(COMPOSE_PROFILES|DIRECT_PORT|(GRAFANA|POSTGRES)_PASSWORD|(GRAFANA|PROMETHEUS)_PORT|(POSTGRES|REDIS|CADDY|PROMETHEUS|GRAFANA|NODE)_IMAGE|CLANKERBOT_\w+|TEST_DATABASE_URL|NAME_FILE)$/;

describe('the commands of the other documents', () => {
  const paths = documents().filter((path) => !LIVE.has(path) && !TESTED_OTHERWISE.has(path));

  it.each(paths)('%s names only files, values, services, objects and routes that there are', async (path) => {
    const blocks = await runDocument(readDocument(path));
    expect(blocks.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(faultsOf(blocks.flatMap(({ calls }) => calls))).toEqual([]);
  });
});

describe('every document', () => {
  // Those that speak of the vendors' constants are left out: they look the same.
  const operating =
    /README|QUICKSTART|RUNBOOK|SECURITY|scaling|backup|compose|helm\.|kubernetes|monitoring|upgrades|API/;

  it.each(documents().filter((path) => operating.test(path)))(
    '%s names only variables that there are',
    (path) => {
      const named = [...readDocument(path).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)].map(
        (match) => match[1] ?? '',
      );
      expect(named.filter((name) => !isVariable(name) && !OTHER_VARIABLES.test(name))).toEqual([]);
    },
  );

  it.each(documents())('%s names only programs of this repository that there are', (path) => {
    const commands = fences(readDocument(path)).filter(({ language }) => language === 'bash');
    const named = commands.flatMap(({ text }) => [
      ...text.matchAll(/(?:^|\s)(?:\.\/)?((?:scripts|test|\.ci)\/[\w./-]+)/gm),
    ]);
    expect(named.map((match) => match[1] ?? '').filter((program) => !isThere(program))).toEqual([]);
  });

  it.each(documents())('%s says of each block what it is, so that no command is passed over', (path) => {
    expect(fences(readDocument(path)).filter(({ language }) => !LANGUAGES.includes(language))).toEqual([]);
  });
});

describe('what is wrong with a document is found', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startHttpServer((_request, response) => response.end('{"ok":true,"data":{"id":"a1"}}'));
  });
  afterAll(() => server.close());

  const block = (text: string, info = 'bash'): string => `\`\`\`${info}\n${text}\n\`\`\`\n`;
  const run = (markdown: string) => runDocument(markdown, { url: server.url });
  const faults = async (text: string): Promise<string[]> =>
    faultsOf((await run(block(text))).flatMap(({ calls }) => calls));

  it('a command that fails, and what comes after it', async () => {
    const blocks = await run(
      block('ID=$(curl -s http://localhost:8000/ | jq -r .data.id); test "$ID" = a1', 'bash run') +
        block('echo "about $ID"; false', 'bash run') +
        block('echo never', 'bash run'),
    );
    expect(blocks.map(({ failure }) => failure)).toEqual([
      undefined,
      expect.stringContaining('about a1'),
      'an earlier block stopped the shell',
    ]);
  });

  it('a program that is misspelt, and a variable that nothing has set, also where nothing is really run', async () => {
    for (const text of ['kubctl get pods', 'curl "$NOBODY_SET_THIS/healthz"']) {
      expect((await run(block(text)))[0]?.failure).toMatch(/there is no kubctl|NOBODY_SET_THIS: unbound/);
    }
  });

  it('an answer that is another one', async () => {
    const [first] = await run(
      block(
        'curl -s http://localhost:8000/\n# {"ok":true,…}\ncurl -s http://localhost:8000/ | jq .data.id\n# "b2"',
        'bash run',
      ),
    );
    expect(first?.answers.map(({ actual, expected }) => isAsShown(actual, expected))).toEqual([true, false]);
    const [second] = await run(block('echo one two', 'bash run') + block('one …', 'text answer'));
    expect(second?.answers).toEqual([{ expected: 'one …', actual: 'one two' }]);
    expect([isAsShown('one two', 'one …'), isAsShown('one two', 'two …')]).toEqual([true, false]);
  });

  it.each([
    ['curl http://localhost:8000/helthz', 'there is no route GET /helthz'],
    ['curl -X POST http://localhost:8000/healthz', 'there is no route POST /healthz'],
    [`curl http://localhost:8000/actions/parse -d '{"text": }'`, 'its body is no JSON'],
    ['docker compose --profile clutser up -d', 'there is no profile clutser'],
    ['docker compose up -d --scale clankerbto=3', 'there is no service clankerbto'],
    ['docker compose exec -T clankerbot npm run backup', 'the image has no npm'],
    [
      'docker compose exec -T clankerbot node dist/commands/bakcup.js -',
      'there is no src/commands/bakcup.ts',
    ],
    ['docker run -e CLOCKIFY_APIKEY=x clankerbot', 'there is no variable CLOCKIFY_APIKEY'],
    ['kubectl apply -f deploy/k8s/', 'there is no deploy/k8s/'],
    ['kubectl rollout restart deployment/clankerbot-web', 'there is no deployment/clankerbot-web'],
    ['kubectl logs -l app=clanker', 'nothing is labelled app=clanker'],
    [
      'kubectl create secret generic clankerbot-secrets --from-literal=clockify-key=x',
      'nothing reads the key clockify-key',
    ],
    ['helm install clankerbot ./deploy/helm/clankerbot', 'there is no chart ./deploy/helm/clankerbot'],
    ['helm install clankerbot ./helm/clankerbot --set replicas=3', 'there is no value replicas'],
    ['helm install clankerbot ./helm/clankerbot --set image.tga=1', 'there is no value image.tga'],
    ['sudo KEEP=x test/clutser/run.sh', 'there is no test/clutser/run.sh'],
    ['npm run bakcup -- x', 'there is no script bakcup'],
  ])('%s', async (text, fault) => {
    expect(await faults(text)).toEqual([expect.stringContaining(fault)]);
  });

  it('values that the chart does not know, in a file that the document writes', async () => {
    const text =
      "cat >values.yaml <<'END'\nreplicaCount: many\nconfig: { rateLimit: 3 }\nEND\nhelm install clankerbot ./helm/clankerbot -f values.yaml";
    expect((await faults(text)).join('\n')).toMatch(/replicaCount[^]*rateLimit|rateLimit[^]*replicaCount/);
    expect(await faults(text.replace('many', '3').replace('rateLimit:', 'rateLimitPerMinute:'))).toEqual([]);
  });
});
