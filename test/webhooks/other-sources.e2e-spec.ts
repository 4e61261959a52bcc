import { Database } from '../../src/storage/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { hmacHex } from '../support/signing.js';
import { deliver } from '../support/webhook-client.js';

const SOURCES = {
  billing: {
    kind: 'hmac',
    secrets: ['old-billing-secret', 'new-billing-secret'],
    header: 'X-Billing-Signature',
    prefix: 'sha256=',
    typeHeader: 'X-Billing-Event',
    idField: 'delivery',
    subjectField: 'invoice.number',
  },
  shop: { kind: 'secret', secrets: ['shop-secret'], header: 'X-Shop-Token' },
};

describe('webhooks of other sources', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '100000',
        SLACK_SIGNING_SECRET: 'slack-one,slack-two',
        GITHUB_WEBHOOK_SECRET: 'github-one,github-two',
        WEBHOOK_SOURCES: JSON.stringify(SOURCES),
      },
    });
  });
  afterAll(() => service.close());

  const slack = (payload: object, { secret = 'slack-one', ageSeconds = 0 } = {}) => {
    const body = JSON.stringify(payload);
    const timestamp = `${Math.floor(Date.now() / 1000) - ageSeconds}`;
    return deliver(service.url, 'slack', body, {
      'X-Slack-Request-Timestamp': timestamp,
      'X-Slack-Signature': `v0=${hmacHex(secret, `v0:${timestamp}:${body}`)}`,
    });
  };
  const github = (payload: object, headers: Record<string, string> = {}, secret = 'github-one') => {
    const body = JSON.stringify(payload);
    const signature = `sha256=${hmacHex(secret, body)}`;
    return deliver(service.url, 'github', body, { 'X-Hub-Signature-256': signature, ...headers });
  };
  const headersOf = async (id: string) => {
    const query = service.app.get(Database).selectFrom('events').select('headers').where('id', '=', id);
    return (await query.executeTakeFirstOrThrow()).headers;
  };

  it("answers Slack's handshake with the challenge, once it is signed", async () => {
    const answer = await slack({ type: 'url_verification', challenge: 'abc123' });
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'abc123',
    ]);
    expect((await slack({ type: 'url_verification', challenge: 'abc' }, { secret: 'no' })).status).toBe(401);
  });

  it("takes Slack's events by either secret within five minutes, and knows them again by their id", async () => {
    const event = {
      type: 'event_callback',
      event_id: 'Ev1',
      team_id: 'T1',
      event: { type: 'message', channel: 'C1', user: 'U1', text: 'hi' },
    };
    const first = await slack(event, { secret: 'slack-two', ageSeconds: 290 });
    expect(first.body.data).toMatchObject({
      duplicate: false,
      event: { eventType: 'message', id: 'C1', workspaceId: 'T1', userId: 'U1' },
    });
    expect((await slack(event)).body.data).toMatchObject({
      duplicate: true,
      eventId: first.body.data.eventId,
    });
    expect((await slack(event, { ageSeconds: 310 })).status).toBe(401);
    expect((await slack(event, { ageSeconds: -310 })).status).toBe(401);
  });

  it("takes GitHub's deliveries only when signed, and knows them again by their id", async () => {
    const payload = {
      action: 'opened',
      issue: { number: 5 },
      repository: { full_name: 'acme/app', owner: { login: 'acme' } },
      sender: { login: 'ada' },
    };
    const headers = { 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': 'd-1' };
    const first = await github(payload, headers, 'github-two');
    expect(first.body.data).toMatchObject({
      duplicate: false,
      event: { eventType: 'issues.opened', id: 'acme/app#5', workspaceId: 'acme', userId: 'ada' },
    });
    expect((await github(payload, headers)).body.data.duplicate).toBe(true);
    expect((await github(payload, headers, 'wrong')).status).toBe(401);
    expect((await deliver(service.url, 'github', payload, headers)).status).toBe(401);
    expect((await headersOf(first.body.data.eventId))['x-hub-signature-256']).toBe('[redacted]');
  });

  it('takes deliveries of own sources by the headers and fields they configure', async () => {
    const body = JSON.stringify({ delivery: 'b-1', invoice: { number: 77 } });
    const headers = { 'X-Billing-Event': 'invoice.paid' };
    for (const secret of SOURCES.billing.secrets) {
      const signature = `sha256=${hmacHex(secret, body)}`;
      const answer = await deliver(service.url, 'billing', body, {
        ...headers,
        'X-Billing-Signature': signature,
      });
      expect(answer.body.data).toMatchObject({
        duplicate: secret !== SOURCES.billing.secrets[0],
        event: { eventType: 'invoice.paid', id: '77' },
      });
      expect((await headersOf(answer.body.data.eventId))['x-billing-signature']).toBe('[redacted]');
    }
    const unsigned = await deliver(service.url, 'billing', body, { 'X-Billing-Signature': 'sha256=00' });
    expect(unsigned.status).toBe(401);
    const shop = await deliver(
      service.url,
      'shop',
      { id: 1, event_type: 'sold' },
      { 'X-Shop-Token': 'shop-secret' },
    );
    expect(shop.body.data.event).toMatchObject({ eventType: 'sold', id: '1' });
    expect((await deliver(service.url, 'shop', {}, { 'X-Shop-Token': 'shop-secre' })).status).toBe(401);
  });

  it('believes the workspace that is signed, and no header that is not', async () => {
    for (const [delivery, rest, workspaceId] of [
      ['ws-1', { workspaceId: 'ws-signed' }, 'ws-signed'],
      ['ws-2', {}, null],
    ] as const) {
      const body = JSON.stringify({ delivery, ...rest });
      const answer = await deliver(service.url, 'billing', body, {
        'X-Billing-Signature': `sha256=${hmacHex('new-billing-secret', body)}`,
        'X-Workspace-Id': 'ws-attacker',
      });
      expect(answer.body.data.event.workspaceId).toBe(workspaceId);
    }
  });

  it('tells deliveries apart whose ids are numbers that JavaScript cannot tell apart', async () => {
    const send = (body: string) =>
      deliver(service.url, 'billing', body, {
        'X-Billing-Signature': `sha256=${hmacHex('new-billing-secret', body)}`,
      });
    const first = await send('{"delivery":12345678901234567890,"invoice":{"number":9007199254740992}}');
    const second = await send('{"delivery":12345678901234567891,"invoice":{"number":9007199254740993}}');
    const again = await send('{"delivery":12345678901234567891,"invoice":{"number":9007199254740993}}');
    expect([first, second, again].map(({ body }) => body.data.duplicate)).toEqual([false, false, true]);
    expect(second.body.data.event.id).toBe('9007199254740993');
    expect(second.body.data.changes).toEqual([
      expect.stringContaining('at /delivery'),
      expect.stringContaining('at /invoice/number'),
    ]);
    const events = service.app.get(Database).selectFrom('events').select(['payload', 'delivery_id']);
    expect(await events.where('id', '=', second.body.data.eventId).executeTakeFirstOrThrow()).toEqual({
      payload: { delivery: '12345678901234567891', invoice: { number: '9007199254740993' } },
      delivery_id: '12345678901234567891',
    });
  });

  it('never accepts unproved deliveries where no secret is configured', async () => {
    const bare = await startTestApp();
    try {
      for (const provider of ['slack', 'github']) {
        const { status, body } = await deliver(bare.url, provider, { a: 1 });
        expect([provider, status, body.error.code]).toEqual([provider, 401, 'unauthorized']);
      }
    } finally {
      await bare.close();
    }
  });
});
