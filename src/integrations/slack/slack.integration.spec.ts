import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { type FakeSlack, SLACK_TOKEN, startFakeSlack } from '../../../test/support/fake-slack.js';
import { sendJson } from '../../../test/support/http-server.js';
import { until } from '../../../test/support/until.js';
import type { ExecutionContext, Params } from '../integration.js';
import { IntegrationError } from '../integration-error.js';
import { SlackFileUpload } from './slack-file-upload.js';
import { SlackClient } from './slack.client.js';
import type { SlackConfig } from './slack.config.js';
import { SlackIntegration } from './slack.integration.js';

const context: ExecutionContext = { requestId: 'req-1', priority: 'interactive' };

describe('the slack integration', () => {
  let slack: FakeSlack;
  beforeAll(async () => {
    slack = await startFakeSlack();
  });
  afterAll(() => slack.close());
  beforeEach(() => {
    slack.received.length = 0;
    slack.messages.length = 0;
  });

  function integration(config: Partial<SlackConfig> = {}): SlackIntegration {
    const complete = {
      SLACK_BOT_TOKEN: SLACK_TOKEN,
      SLACK_BASE_URL: slack.baseUrl,
      SLACK_TIMEOUT_MS: 2000,
      ...config,
    };
    const client = new SlackClient(new HttpService(axios.create()), complete);
    return new SlackIntegration(client, new SlackFileUpload(client, complete), complete);
  }

  function run(name: string, params: Params, from = integration()): Promise<unknown> {
    return from.execute(from.find(name)!, params, context);
  }

  it('posts a message with its thread and blocks, the request id and the token in a header', async () => {
    const blocks = [{ type: 'divider' }];
    const result = await run('post_message', { channel: '#general', text: 'hi', blocks, thread_ts: '1.2' });
    expect(result).toEqual({
      channel: 'C012AB3CD',
      ts: expect.any(String),
      message: expect.objectContaining({ text: 'hi' }),
    });
    expect(slack.callsOf('chat.postMessage')).toEqual([
      { channel: '#general', text: 'hi', blocks, thread_ts: '1.2' },
    ]);
    expect(slack.received[0]?.headers).toMatchObject({
      'x-request-id': 'req-1',
      authorization: `Bearer ${SLACK_TOKEN}`,
    });
  });

  it('uploads a file in the three steps of the external flow and keeps the token from the upload address', async () => {
    const result = await run('upload_file', {
      filename: 'a.txt',
      content: 'héllo',
      channel: 'C1',
      initial_comment: 'see',
    });
    expect(result).toEqual({ files: [{ id: 'F1', title: 'a.txt' }] });
    expect(slack.callsOf('files.getUploadURLExternal')).toEqual([{ filename: 'a.txt', length: '6' }]);
    expect(slack.uploads.get('F1')?.toString()).toBe('héllo');
    expect(slack.received.find((r) => r.url === '/upload/F1')?.headers.authorization).toBeUndefined();
    expect(slack.callsOf('files.completeUploadExternal')).toEqual([
      { files: [{ id: 'F1', title: 'a.txt' }], channel_id: 'C1', initial_comment: 'see' },
    ]);
  });

  it('sends a file nowhere but to Slack', async () => {
    slack.next('files.getUploadURLExternal', (_request, response) =>
      sendJson(response, { ok: true, upload_url: 'https://files.slack.com.example.org/up', file_id: 'F1' }),
    );
    await expect(run('upload_file', { filename: 'a', content: 'b' })).rejects.toMatchObject({
      code: 'upstream_error',
    });
    expect(slack.callsOf('files.completeUploadExternal')).toEqual([]);
  });

  it('finds a user by address or id, and opens a conversation with several', async () => {
    expect(await run('lookup_user', { email: 'ann@example.com' })).toMatchObject({
      user: { id: 'U012AB3CD' },
    });
    expect(await run('lookup_user', { user: 'U9' })).toMatchObject({ user: { id: 'U9' } });
    expect(await run('open_dm', { users: ['U1', 'U2'] })).toEqual({ channel: { id: 'D0123456' } });
    expect(slack.callsOf('conversations.open')).toEqual([{ users: 'U1,U2' }]);
  });

  it.each([
    ['channel_not_found', 'not_found', 'none'],
    ['invalid_auth', 'unauthorized', 'none'],
    ['missing_scope', 'forbidden', 'none'],
    ['msg_too_long', 'validation_error', 'none'],
    ['internal_error', 'upstream_error', 'unknown'],
  ])('maps %s to %s', async (error, code, outcome) => {
    slack.next('chat.postMessage', (_request, response) => sendJson(response, { ok: false, error }));
    const failure = run('post_message', { channel: '#general', text: 'hi' });
    await expect(failure).rejects.toMatchObject({ code, outcome, details: { slackError: error } });
  });

  it('waits as long as a 429 says and then posts once', async () => {
    slack.next('chat.postMessage', (_request, response) =>
      sendJson(response, {}, 429, { 'retry-after': '1' }),
    );
    const startedMs = performance.now();
    await run('post_message', { channel: '#general', text: 'hi' });
    expect(performance.now() - startedMs).toBeGreaterThan(950);
    expect(slack.messages).toHaveLength(1);
  });

  it('hands on a 429 that asks for too long a wait', async () => {
    slack.next('chat.postMessage', (_request, response) =>
      sendJson(response, {}, 429, { 'retry-after': '600' }),
    );
    const failure = run('post_message', { channel: '#general', text: 'hi' });
    await expect(failure).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 600,
      outcome: 'none',
    });
  });

  it('never repeats a post whose connection broke or whose answer was a 5xx', async () => {
    slack.next('chat.postMessage', (_request, response) => void response.destroy());
    const broken = run('post_message', { channel: '#general', text: 'hi' });
    await expect(broken).rejects.toMatchObject({ code: 'upstream_error', outcome: 'unknown' });
    slack.next('chat.postMessage', (_request, response) => sendJson(response, {}, 503));
    const refused = run('post_message', { channel: '#general', text: 'hi' });
    await expect(refused).rejects.toMatchObject({ upstreamStatus: 503, outcome: 'unknown' });
    expect(slack.callsOf('chat.postMessage')).toHaveLength(2);
  });

  it('repeats a post whose connection broke where a second one is declared harmless, and tells Slack nothing of that', async () => {
    slack.next('chat.postMessage', (_request, response) => void response.destroy());
    const params = { channel: '#general', text: 'hi', duplicates: 'harmless' };
    await run('post_message', params);
    expect(slack.messages).toHaveLength(1);
    expect(slack.callsOf('chat.postMessage').at(-1)).toEqual({ channel: '#general', text: 'hi' });
    const { find, isRepeatable } = SlackIntegration.prototype;
    expect(isRepeatable.call(integration(), find('post_message')!, params)).toBe(true);
    expect(isRepeatable.call(integration(), find('post_message')!, { channel: '#general' })).toBe(false);
  });

  it('sends nothing once its permit is lost while it waited, and asks for it first', async () => {
    slack.next('chat.postMessage', (_request, response) =>
      sendJson(response, {}, 429, { 'retry-after': '1' }),
    );
    let isHeld = true;
    const permit = {
      get isHeld() {
        return isHeld;
      },
      renew: () => Promise.reject(new IntegrationError('unavailable', 'It is gone')),
    };
    const slackIntegration = integration();
    const sent = slackIntegration.execute(
      slackIntegration.find('post_message')!,
      { channel: '#general', text: 'hi' },
      { ...context, permit },
    );
    await until(() => slack.received.length === 1);
    isHeld = false;
    await expect(sent).rejects.toMatchObject({ code: 'unavailable' });
    expect(slack.messages).toEqual([]);
  });

  it('repeats a lookup whose connection broke', async () => {
    slack.next('users.info', (_request, response) => void response.destroy());
    expect(await run('lookup_user', { user: 'U9' })).toMatchObject({ user: { id: 'U9' } });
    expect(slack.callsOf('users.info')).toHaveLength(2);
  });

  it('answers a time-out with 504 and an unknown outcome', async () => {
    slack.next('chat.postMessage', () => undefined);
    const slow = run(
      'post_message',
      { channel: '#general', text: 'hi' },
      integration({ SLACK_TIMEOUT_MS: 100 }),
    );
    await expect(slow).rejects.toMatchObject({ status: 504, outcome: 'unknown' });
  });

  it('asks for a token before it calls anything', async () => {
    const bare = integration({ SLACK_BOT_TOKEN: undefined });
    await expect(run('post_message', { channel: '#general', text: 'hi' }, bare)).rejects.toMatchObject({
      code: 'unauthorized',
    });
    expect(slack.received).toEqual([]);
  });

  it('previews the request without the token', () => {
    const from = integration();
    const preview = from.preview(from.find('post_message')!, { channel: '#general', text: 'hi' });
    expect(preview).toMatchObject({ method: 'POST', url: `${slack.baseUrl}/chat.postMessage` });
    expect(JSON.stringify(preview)).not.toContain(SLACK_TOKEN);
  });
});
