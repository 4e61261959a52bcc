import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { type FakeSlack, SLACK_TOKEN, startFakeSlack } from '../support/fake-slack.js';
import { hmacHex } from '../support/signing.js';
import { until } from '../support/until.js';
import { deliver } from '../support/webhook-client.js';

const FOLDER = join(import.meta.dirname, '../../docs/examples/flows');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
const SECRET = 'github-secret';

describe('the examples of docs/examples/flows', () => {
  let app: TestApp;
  let sandbox: ClockifySandbox;
  let slack: FakeSlack;
  let workspaceId: string;
  const flows = new Map<string, string>();

  beforeAll(async () => {
    sandbox = new ClockifySandbox();
    await sandbox.start();
    slack = await startFakeSlack();
    app = await startTestApp({
      env: {
        ...sandbox.environment,
        SLACK_BOT_TOKEN: SLACK_TOKEN,
        SLACK_BASE_URL: slack.baseUrl,
        GITHUB_WEBHOOK_SECRET: SECRET,
      },
    });
    workspaceId = String(sandbox.workspace['id']);
    for (const file of FILES) {
      const response = await request(app.url)
        .post('/flows')
        .set('Content-Type', 'application/yaml')
        .send(readFileSync(join(FOLDER, file), 'utf8'));
      if (response.status !== 201) throw new Error(`${file}: ${JSON.stringify(response.body)}`);
      flows.set(file, response.body.data.id as string);
    }
  });
  afterAll(async () => {
    await app.close();
    await sandbox.stop();
    await slack.close();
  });

  const clockify = (type: string, payload: object) =>
    deliver(app.url, 'clockify', { workspaceId, ...payload }, { 'Clockify-Webhook-Event-Type': type });

  async function ended(file: string): Promise<Record<string, unknown>> {
    const runs = async () =>
      (await request(app.url).get(`/flows/${flows.get(file)}/runs`)).body.data.items as Record<
        string,
        unknown
      >[];
    await until(async () => (await runs()).some((run) => run['finishedAt'] !== null), {
      what: `a run of ${file}`,
    });
    const [run] = await runs();
    expect(run).toMatchObject({ status: 'succeeded', error: null });
    return run ?? {};
  }

  it('are the five that the documentation tells of', () => {
    expect([...FILES].sort()).toEqual([
      'notify-slack-of-time-off.yaml',
      'standard-project-for-client.yaml',
      'start-timer-for-github-issue.yaml',
      'warn-of-long-entry.yaml',
      'weekly-report.yaml',
    ]);
  });

  it('tell Slack when a time-off request arrives', async () => {
    await clockify('TIME_OFF_REQUESTED', {
      id: '65f0a1b2c3d4e5f6a7b8c9d0',
      note: 'the sea',
      timeOffPeriod: { period: { start: '2027-07-01T00:00:00Z', end: '2027-07-14T23:59:59Z' } },
    });
    await ended('notify-slack-of-time-off.yaml');
    expect(slack.messages.at(-1)?.['text']).toBe('Time off requested from 2027-07-01 to 2027-07-14: the sea');
  });

  it('start a timer when a GitHub issue is assigned, to the right person only', async () => {
    const assign = (login: string) => {
      const body = JSON.stringify({
        action: 'assigned',
        issue: { number: 7, title: 'It is broken' },
        assignee: { login },
        repository: { full_name: 'acme/site', owner: { login: 'acme' } },
        sender: { login },
      });
      return deliver(app.url, 'github', body, {
        'X-GitHub-Event': 'issues',
        'X-GitHub-Delivery': `d-${login}`,
        'X-Hub-Signature-256': `sha256=${hmacHex(SECRET, body)}`,
      });
    };
    expect((await assign('somebody')).status).toBe(200);
    expect((await assign('octocat')).status).toBe(200);
    await ended('start-timer-for-github-issue.yaml');
    const timer = await request(app.url)
      .post('/actions/run')
      .send({ integration: 'clockify', operation: 'current_timer', params: { workspaceId } })
      .expect(200);
    expect(timer.body).toMatchObject({ description: 'acme/site#7 It is broken' });
  });

  it('warn when an entry is longer than ten hours, and not when it is shorter', async () => {
    const before = slack.messages.length;
    const entry = (id: string, duration: string) =>
      clockify('NEW_TIME_ENTRY', {
        id,
        description: 'Night',
        user: { name: 'Ada' },
        timeInterval: { duration },
      });
    await entry('65f0a1b2c3d4e5f6a7b8c9d1', 'PT9H59M');
    await entry('65f0a1b2c3d4e5f6a7b8c9d2', 'PT11H');
    await ended('warn-of-long-entry.yaml');
    expect(slack.messages.slice(before).map((m) => m['text'])).toEqual(['Ada has an entry of PT11H: Night']);
  });

  it('report each week, on schedule', async () => {
    const schedules = await request(app.url).get('/schedules').expect(200);
    const schedule = schedules.body.data.items.find(
      (item: { ofFlow: string }) => item.ofFlow === flows.get('weekly-report.yaml'),
    );
    expect(schedule).toMatchObject({ cron: '0 9 * * mon', timezone: 'Europe/Berlin' });
    const now = Date.now();
    await request(app.url)
      .post('/actions/run')
      .send({
        integration: 'clockify',
        operation: 'create_time_entry',
        params: {
          workspaceId,
          start: new Date(now - 10 * 3_600_000).toISOString(),
          end: new Date(now - 8 * 3_600_000).toISOString(),
          description: 'Report me',
        },
      })
      .expect(200);
    await request(app.url).post(`/schedules/${schedule.id}/run`).send({}).expect(202);
    await ended('weekly-report.yaml');
    expect(slack.messages.at(-1)?.['text']).toMatch(/^Last week:\n• .+: 2 h/);
  });

  it('give a new client a project with the usual tasks', async () => {
    const run = async (operation: string, params: object) =>
      (
        await request(app.url)
          .post('/actions/run')
          .send({ integration: 'clockify', operation, params })
          .expect(200)
      ).body;
    const client = await run('create_client', { workspaceId, name: 'Acme' });
    await clockify('NEW_CLIENT', { id: client.id, name: 'Acme' });
    await ended('standard-project-for-client.yaml');
    const { projects } = await run('list_projects', { workspaceId, name: 'Acme' });
    expect(projects).toMatchObject([{ name: 'Acme – general' }]);
    expect(sandbox.list('projects')).toContainEqual(
      expect.objectContaining({ id: projects[0].id, clientId: client.id }),
    );
    const { tasks } = await run('list_tasks', { workspaceId, projectId: projects[0].id });
    expect((tasks as { name: string }[]).map((task) => task.name).sort()).toEqual([
      'Delivery',
      'Kick-off',
      'Meetings',
      'Support',
    ]);
  });
});
