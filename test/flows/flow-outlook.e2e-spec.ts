import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';

const CLOCKIFY = 'clockify is not configured (CLOCKIFY_API_KEY or CLOCKIFY_ADDON_TOKEN); the step fails';

describe('a flow of which nothing can come as things are', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ env: { SLACK_BOT_TOKEN: 'xoxb-0000-0000-token' } });
  });
  afterAll(() => service.close());

  const flow = (name: string, trigger: object, actions: readonly string[] = ['slack.post_message']) => ({
    name,
    trigger,
    steps: actions.map((action, i) => ({
      id: `s${i}`,
      action,
      params: action.startsWith('slack') ? { channel: '#a', text: 'b' } : {},
    })),
  });
  const post = async (path: string, document: object) =>
    (await request(service.url).post(path).send(document)).body.data;

  it('is saved with a warning of the event type that its source does not send', async () => {
    const document = flow('Typo', { source: 'clockify', events: ['NEW_TIME_ENTRY', 'NEW_TIMEENTRY'] });
    const warnings = [
      {
        path: 'trigger.events[1]',
        message: expect.stringMatching(
          /^clockify is not known to send this type; did you mean NEW_TIME_ENTRY/,
        ),
      },
    ];
    expect(await post('/flows/validate', document)).toMatchObject({ valid: true, warnings });
    expect(await post('/flows', document)).toMatchObject({ name: 'Typo', warnings });
  });

  it('is saved with a warning of each step whose integration has no credentials', async () => {
    const document = flow('Without credentials', { source: 'slack', events: ['message'] }, [
      'clockify.get_user',
      'slack.post_message',
    ]);
    const inner = { id: 'inner', action: 'clockify.get_user', params: {} };
    document.steps.push({ id: 'each', for_each: '{{ payload.x }}', steps: [inner] } as never);
    const saved = await post('/flows', document);
    expect(saved.warnings).toEqual([
      { path: 'steps[0].action', message: CLOCKIFY },
      { path: 'steps[2].steps[0].action', message: CLOCKIFY },
    ]);
  });

  it.each([
    ['any type', { source: 'clockify', events: ['*'] }],
    ['a type that was guessed', { source: 'clockify', events: ['TIME_ENTRY', 'NEW_TIMER_STARTED'] }],
    ['a source whose types nobody knows', { source: 'github', events: ['issues.opened'] }],
    ['a source of which one may send anything', { source: ['clockify', 'github'], events: ['push'] }],
    ['any source', { events: ['push'] }],
    ['no event', {}],
  ])('is not one that waits for %s', async (name, trigger) => {
    expect(await post('/flows/validate', flow(name, trigger))).toMatchObject({ valid: true, warnings: [] });
  });
});
