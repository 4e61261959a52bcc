import request from 'supertest';
import { answersMeanwhile } from '../support/answers-meanwhile.js';
import { type FlowApp, startFlowApp } from './flow-app.js';

const AT_ONCE = 16;

describe('a flow document', () => {
  let app: FlowApp;
  beforeAll(async () => {
    app = await startFlowApp();
  });
  afterAll(() => app.close());

  const validate = async (document: object) =>
    (await request(app.url).post('/flows/validate').send(document).expect(200)).body.data as {
      valid: boolean;
      faults: { path: string; message: string }[];
    };
  /** A step for each expression, which no document before has held. */
  const flowOf = (expressions: readonly string[]) => ({
    name: 'Many',
    steps: [{ transform: expressions.map((expression) => `{{ ${expression} }}`) }],
  });
  const chain = (link: string, length: number, n: number) =>
    `"${n}" & payload.${Array(length).fill(link).join('.')}`;
  let n = 0;

  it.each([
    ['a long path', `payload${'.a'.repeat(501)}`],
    ['many signs', `${'-'.repeat(501)}1`],
    ['many parents', `payload.${'a.%.'.repeat(300)}a`],
    ['many wildcards', `payload${'.*'.repeat(501)}`],
  ])(
    'is refused for an expression with %s, which takes the square of its length to read',
    async (_what, e) => {
      const { faults } = await validate(flowOf([e]));
      expect(faults).toEqual([
        {
          path: 'steps[0].transform[0]',
          message: 'the expression cannot be read: has more than 500 of one operator',
        },
      ]);
    },
  );

  it('is valid with an expression of as many operators as it may have', async () => {
    expect(await validate(flowOf([`payload${'.a'.repeat(499)}`]))).toMatchObject({ valid: true, faults: [] });
  });

  it('is refused where its expressions together take too much effort to read', async () => {
    const long = (count: number) => flowOf(Array.from({ length: count }, () => chain('a', 490, n++)));
    expect(await validate(long(10))).toMatchObject({ valid: true });
    const { valid, faults } = await validate(long(200));
    expect(valid).toBe(false);
    expect(faults.at(-1)).toMatchObject({ message: expect.stringContaining('together are too long') });
    // Also where each fails at the first brace and is read to its end.
    const broken = flowOf(Array.from({ length: 200 }, () => `{"a": {"b": ${chain('a', 490, n++)} }} } & [`));
    expect((await validate(broken)).faults.at(-1)?.message).toContain('together are too long');
  });

  it('may have a thousand expressions of the usual kind', async () => {
    const usual = flowOf(Array.from({ length: 1000 }, () => `payload.project${n++}.name & " is done"`));
    expect(await validate(usual)).toMatchObject({ valid: true, faults: [] });
  });

  it('keeps nobody else waiting while many are checked at once', async () => {
    const heavy = () => flowOf(Array.from({ length: 150 }, () => chain('a', 490, n++)));
    const checks = Promise.all(Array.from({ length: AT_ONCE }, () => validate(heavy())));
    expect(await answersMeanwhile(app.url, checks)).toBeGreaterThan(AT_ONCE / 2);
  });

  it('keeps nobody else waiting while many are read as YAML at once', async () => {
    const post = (text: string) =>
      request(app.url).post('/flows/validate').set('Content-Type', 'application/yaml').send(text);
    const texts = [`[${'[],'.repeat(9000)}1]`, `[${','.repeat(60_000)}`, `- a # b\n`.repeat(4000)];
    const sent = Array.from({ length: AT_ONCE }, (_, i) =>
      post(texts[i % texts.length] as string).expect(/./),
    );
    expect(await answersMeanwhile(app.url, Promise.all(sent))).toBeGreaterThan(AT_ONCE / 2);
  });
});
