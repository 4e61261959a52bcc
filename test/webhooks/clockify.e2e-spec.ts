import { Database } from '../../src/storage/database.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { createTokenSigner } from '../support/signing.js';
import { deliver } from '../support/webhook-client.js';

const ENTRY = {
  id: 'entry123',
  userId: 'user123',
  workspaceId: 'ws123',
  timeInterval: { start: '2024-01-01T10:00:00Z', end: '2024-01-01T11:00:00Z' },
};
const GENEROUS = { AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '100000', WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000' };

describe('POST /webhooks/clockify', () => {
  const signer = createTokenSigner();
  let service: TestApp;
  let counter = 0;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        ...GENEROUS,
        WEBHOOK_SHARED_SECRET: 'first-secret, second-secret',
        CLOCKIFY_WEBHOOK_TOKENS: 'token-of-a-webhook',
        CLOCKIFY_WEBHOOK_ADDON_KEYS: 'our-addon',
        CLOCKIFY_WEBHOOK_WORKSPACES: '*',
        WEBHOOK_STORED_HEADERS: 'X-Tenant',
        CLOCKIFY_ADDON_PUBLIC_KEY: signer.publicKeyPem.replaceAll('\n', '\\n'),
      },
    });
  });
  afterAll(() => service.close());

  const post = (body: string | Buffer | object, headers: Record<string, string> = {}) =>
    deliver(service.url, 'clockify', body, { 'X-Webhook-Secret': 'first-secret', ...headers });
  const unproved = (headers: Record<string, string>) =>
    deliver(service.url, 'clockify', { ...ENTRY, n: ++counter }, headers);
  const stored = (id: string) =>
    service.app.get(Database).selectFrom('events').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  it("takes the owner's example and answers as their documents say", async () => {
    const first = await post(ENTRY, { 'X-Clockify-Event-Id': 'evt_12345' });
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      ok: true,
      data: {
        received: true,
        duplicate: false,
        eventId: expect.any(String),
        event: {
          eventType: 'TIME_ENTRY',
          id: 'entry123',
          workspaceId: 'ws123',
          userId: 'user123',
          inferred: true,
        },
      },
      requestId: first.headers.get('x-request-id'),
    });
    const second = await post(ENTRY, { 'X-Clockify-Event-Id': 'evt_12345' });
    expect(second.body.data).toEqual({ ...first.body.data, duplicate: true });
  });

  it('takes any of the secrets, the token of a webhook, and a token signed for our add-on', async () => {
    const jwt = await signer.sign({ sub: 'our-addon', workspaceId: 'ws123', addonId: 'a1' });
    const answers = [
      await unproved({ 'X-Webhook-Secret': 'second-secret' }),
      await unproved({ 'Clockify-Signature': 'token-of-a-webhook' }),
      await unproved({ 'Clockify-Signature-Token': 'token-of-a-webhook' }),
      await unproved({ 'Clockify-Signature': jwt }),
      await unproved({ 'Clockify-Signature': jwt }),
      await unproved({ 'Clockify-Signature': 'wrong', 'Clockify-Signature-Token': 'token-of-a-webhook' }),
      await unproved({ 'Clockify-Signature': 'wrong', 'Clockify-Signature-Token': jwt }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('refuses what cannot be shown to come from Clockify, with a real status', async () => {
    const stranger = createTokenSigner();
    const past = new Date(Date.now() - 60_000);
    const refused = {
      'no credentials': {},
      'a wrong secret': { 'X-Webhook-Secret': 'first-secre' },
      'an empty secret': { 'X-Webhook-Secret': '' },
      'a wrong token': { 'Clockify-Signature': 'token-of-a-webhook2' },
      'a token of another add-on': {
        'Clockify-Signature': await signer.sign({ sub: 'theirs', workspaceId: 'ws123' }),
      },
      'a token of another issuer': {
        'Clockify-Signature': await signer.sign({ iss: 'x', sub: 'our-addon', workspaceId: 'ws123' }),
      },
      'a token of another type': {
        'Clockify-Signature': await signer.sign({ type: 'user', sub: 'our-addon', workspaceId: 'ws123' }),
      },
      'a token that is over': {
        'Clockify-Signature': await signer.sign({ sub: 'our-addon', workspaceId: 'ws123' }, past),
      },
      "a stranger's token": {
        'Clockify-Signature': await stranger.sign({ sub: 'our-addon', workspaceId: 'ws123' }),
      },
      'a token without signature': {
        'Clockify-Signature': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"iss":"clockify","type":"addon","sub":"our-addon"}').toString('base64url')}.`,
      },
      'a header of 8 KB': { 'Clockify-Signature': 'x'.repeat(8_192) },
    };
    for (const [what, headers] of Object.entries(refused)) {
      const { status, body } = await unproved(headers);
      expect([what, status, body.error.code]).toEqual([what, 401, 'unauthorized']);
    }
  });

  it('believes the workspace of the token before that of the body, and refuses the two of them differing', async () => {
    const jwt = await signer.sign({ sub: 'our-addon', workspaceId: 'ws-token', addonId: 'a1' });
    const { body } = await deliver(
      service.url,
      'clockify',
      { id: 'task1', name: 'A task' },
      { 'Clockify-Signature': jwt, 'Clockify-Webhook-Event-Type': 'NEW_TASK' },
    );
    expect(body.data.event).toEqual({
      eventType: 'NEW_TASK',
      id: 'task1',
      workspaceId: 'ws-token',
      userId: null,
    });
    const other = await unproved({ 'Clockify-Signature': jwt });
    expect([other.status, other.body.error.code]).toEqual([403, 'forbidden']);
  });

  it('stores a type that nobody knows, and never the credentials', async () => {
    const { body } = await post(
      { id: 'x' },
      {
        'Clockify-Webhook-Event-Type': 'BRAND_NEW_EVENT',
        Authorization: 'Bearer very-secret',
        Cookie: 'c=very-secret',
      },
    );
    const row = await stored(body.data.eventId);
    expect(row).toMatchObject({ type: 'BRAND_NEW_EVENT', is_type_inferred: false, workspace_id: null });
    expect(JSON.stringify(row)).not.toMatch(/first-secret|very-secret/);
    expect(row.headers['x-webhook-secret']).toBe('[redacted]');
  });

  it('stores the headers that are wanted and no others, without what looks like a credential', async () => {
    const { body } = await post(ENTRY, {
      'Clockify-Webhook-Event-Type': 'NEW_TIME_ENTRY',
      'X-Clockify-Event-Id': 'evt_headers',
      'User-Agent': 'Clockify/1.0 (client_secret=hunter22)',
      'X-Tenant': 'acme',
      'X-Internal-Pass': 'very-secret',
    });
    expect((await stored(body.data.eventId)).headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'Clockify/1.0 (client_secret=[redacted]',
      'clockify-webhook-event-type': 'NEW_TIME_ENTRY',
      'x-clockify-event-id': 'evt_headers',
      'x-tenant': 'acme',
      'x-webhook-secret': '[redacted]',
    });
  });

  it('recognises a retry without an id, and takes archive, unarchive, archive for three events', async () => {
    const client = (archived: boolean) =>
      post(
        { id: 'c9', name: 'ACME', workspaceId: 'w', archived },
        { 'Clockify-Webhook-Event-Type': 'CLIENT_UPDATED' },
      );
    const answers = [];
    for (const archived of [true, true, false, true])
      answers.push((await client(archived)).body.data.duplicate);
    expect(answers).toEqual([false, true, false, false]);
    const reordered = await post('{"archived":true,"workspaceId":"w","name":"ACME","id":"c9"}', {
      'Clockify-Webhook-Event-Type': 'CLIENT_UPDATED',
    });
    expect(reordered.body.data.duplicate).toBe(true);
  });

  it('takes a list where Clockify names its type, as it does for batches, and knows it again', async () => {
    const list = [{ id: 'e1', n: 1 }, 'e2', { id: 'e3', a: '\0' }];
    const headers = { 'Clockify-Webhook-Event-Type': 'TIME_ENTRY_BATCH_DELETED' };
    const first = await post(list, headers);
    expect([first.status, first.body.data.event]).toEqual([
      200,
      { eventType: 'TIME_ENTRY_BATCH_DELETED', id: null, workspaceId: null, userId: null },
    ]);
    expect((await stored(first.body.data.eventId)).payload).toMatchObject([
      { id: 'e1' },
      'e2',
      { id: 'e3', a: '\uFFFD' },
    ]);
    expect((await post(list, headers)).body.data.duplicate).toBe(true);
    const refused = await post([{ id: 'e1', eventType: 'TIME_ENTRY_BATCH_DELETED' }]);
    expect([refused.status, refused.body.error.message]).toEqual([400, 'The body must be a JSON object']);
  });

  it('answers bad input with a clear status, never a 500', async () => {
    const deep = '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000);
    const refused: Record<string, [string | Buffer, Record<string, string>, number]> = {
      empty: ['', {}, 400],
      array: ['[1]', {}, 400],
      scalar: ['7', {}, 400],
      'not JSON': ['{"a":', {}, 400],
      'depth 10,000': [deep, {}, 400],
      'a wrong content type': ['a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
      compressed: ['{}', { 'Content-Encoding': 'gzip' }, 415],
      '10 MB': [Buffer.alloc(10 * 1024 * 1024, ' '), {}, 413],
    };
    for (const [what, [body, headers, expected]] of Object.entries(refused)) {
      const answer = await post(body, headers);
      expect([what, answer.status, answer.body.ok]).toEqual([what, expected, false]);
    }
  });

  it('stores what can be stored of strange input, and tells what was changed', async () => {
    const cases: Record<string, [string | Buffer, unknown, string[]]> = {
      NUL: [
        '{"id":"n1","a":"x\\u0000y"}',
        { id: 'n1', a: 'x\uFFFDy' },
        ['NUL or half a surrogate pair replaced at /a'],
      ],
      'half a surrogate pair': [
        '{"id":"n2","a":["\\ud800"]}',
        { id: 'n2', a: ['\uFFFD'] },
        ['NUL or half a surrogate pair replaced at /a/0'],
      ],
      'a NUL in a key': [
        '{"id":"n3","a\\u0000":1}',
        { id: 'n3', 'a\uFFFD': 1 },
        ['NUL or half a surrogate pair replaced in the key at /a\uFFFD'],
      ],
      'invalid UTF-8': [
        Buffer.concat([Buffer.from('{"id":"n4","a":"'), Buffer.from([0xff]), Buffer.from('"}')]),
        { id: 'n4', a: '\uFFFD' },
        ['invalid UTF-8 replaced'],
      ],
      __proto__: [
        '{"id":"n5","__proto__":{"admin":true}}',
        { id: 'n5' },
        ['forbidden key removed at /__proto__'],
      ],
      'a number beyond all limits': [
        '{"id":"n6","a":1e999}',
        { id: 'n6', a: null },
        ['number beyond all limits removed at /a'],
      ],
      'duplicate keys': ['{"id":"n7","a":1,"a":2}', { id: 'n7', a: 2 }, []],
    };
    for (const [what, [bytes, payload, changes]] of Object.entries(cases)) {
      const answer = await post(bytes);
      expect([what, answer.status, answer.body.data.changes ?? []]).toEqual([what, 200, changes]);
      const row = await stored(answer.body.data.eventId);
      expect([what, row.payload, row.changes ?? []]).toEqual([what, payload, changes]);
    }
  });

  it('takes ids and types of any length', async () => {
    const long = 'x'.repeat(50_000);
    const answer = await post({ id: long, workspaceId: long, userId: long, eventType: long });
    expect(answer.status).toBe(200);
  });

  it('answers 404 for a source that nobody has named', async () => {
    const answer = await deliver(service.url, 'nobody', {});
    expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found']);
  });

  it('counts failed authentications in the strict bucket', async () => {
    const strict = await startTestApp({
      env: { WEBHOOK_SHARED_SECRET: 'first-secret', AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '3' },
    });
    try {
      const statuses = [];
      for (let i = 0; i < 5; i++) {
        statuses.push((await deliver(strict.url, 'clockify', ENTRY, { 'X-Webhook-Secret': 'guess' })).status);
      }
      expect(statuses).toEqual([401, 401, 401, 429, 429]);
      const right = await deliver(strict.url, 'clockify', ENTRY, { 'X-Webhook-Secret': 'first-secret' });
      expect(right.status).toBe(200);
    } finally {
      await strict.close();
    }
  });
});
