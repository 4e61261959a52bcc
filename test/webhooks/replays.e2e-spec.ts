import { startTestApp, type TestApp } from '../support/app.js';
import { hmacHex } from '../support/signing.js';
import { deliver } from '../support/webhook-client.js';

const SECRET = 'a-secret-of-theirs';
const HMAC = { kind: 'hmac', secrets: [SECRET], header: 'X-Signature' };
const SOURCES = {
  'body-signed': { ...HMAC, typeHeader: 'X-Type', idHeader: 'X-Id', subjectField: 'lamp' },
  'without-ids': { ...HMAC, typeHeader: 'X-Type', subjectField: 'lamp' },
  'all-signed': {
    ...HMAC,
    signs: '{X-Id}.{X-Time}.{body}',
    idHeader: 'X-Id',
    timeHeader: 'X-Time',
    toleranceSeconds: 60,
  },
  timed: { ...HMAC, signs: 'v0:{X-Time}:{body}', timeHeader: 'X-Time', toleranceSeconds: 3_600 },
};

/** What somebody could do who has seen one authentic delivery: send it again, with what is not signed changed. */
describe('a signed delivery that is sent again', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      env: {
        GITHUB_WEBHOOK_SECRET: SECRET,
        WEBHOOK_SOURCES: JSON.stringify(SOURCES),
        WEBHOOK_DEDUPE_WINDOW_SECONDS: '0',
        LOG_LEVEL: 'warn',
      },
    });
  });
  afterAll(() => service.close());

  const now = (): number => Math.floor(Date.now() / 1000);
  const send = async (provider: string, body: string, headers: Record<string, string>) => {
    const answer = await deliver(service.url, provider, body, headers);
    return answer.status === 200 ? (answer.body.data.duplicate ? 'repeat' : 'event') : answer.status;
  };

  it('is a repeat of GitHub under any delivery id and event name', async () => {
    const body = JSON.stringify({ action: 'opened', issue: { number: 5 }, repository: { full_name: 'a/b' } });
    const signature = { 'X-Hub-Signature-256': `sha256=${hmacHex(SECRET, body)}` };
    const outcomes = [];
    for (const [id, event] of [
      ['d-1', 'issues'],
      ['d-2', 'issues'],
      ['d-1', 'push'],
      ['d-3', 'release'],
    ] as const) {
      outcomes.push(
        await send('github', body, { ...signature, 'X-GitHub-Delivery': id, 'X-GitHub-Event': event }),
      );
    }
    expect(outcomes).toEqual(['event', 'repeat', 'repeat', 'repeat']);
    const next = JSON.stringify({ action: 'closed', issue: { number: 5 } });
    const signed = { 'X-Hub-Signature-256': `sha256=${hmacHex(SECRET, next)}` };
    expect(await send('github', next, { ...signed, 'X-GitHub-Delivery': 'd-4' })).toBe('event');
  });

  describe('of GitHub under a delivery id that stands for another body', () => {
    const github = (id: string, text: string) => {
      const body = JSON.stringify({ zen: text });
      const headers = { 'X-Hub-Signature-256': `sha256=${hmacHex(SECRET, body)}`, 'X-GitHub-Delivery': id };
      return deliver(service.url, 'github', body, headers);
    };

    it('is refused, which is counted and logged', async () => {
      const first = await github('taken-1', 'first');
      const other = await github('taken-1', 'other');
      expect([first.status, other.status]).toEqual([200, 409]);
      expect(other.body.error).toEqual({
        code: 'conflict',
        message: 'Another body came under this delivery id',
        details: { deliveryId: 'taken-1', eventId: first.body.data.eventId },
      });
      expect((await github('taken-1', 'first')).body.data).toMatchObject({ duplicate: true });
      expect((await github('free-1', 'other')).body.data).toMatchObject({ duplicate: false });
      const metrics = await (await fetch(`${service.url}/metrics`)).text();
      expect(metrics).toContain('events_received_total{source="github",outcome="conflict"} 1\n');
      expect(service.logs).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          message: 'A delivery was refused: its id stands for another body',
          source: 'github',
          delivery_id: 'taken-1',
          event_id: first.body.data.eventId,
          request_id: other.headers.get('x-request-id'),
        }),
      );
    });

    it('lets one of many pass that come at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) => github('at-once', `body ${i}`).then(({ status }) => status)),
      );
      expect(answers.sort()).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
    });

    it('cannot be brought about by somebody who sends a known body again under an id to come', async () => {
      await github('known-1', 'known');
      expect((await github('to-come', 'known')).body.data).toMatchObject({ duplicate: true });
      expect((await github('to-come', 'new')).status).toBe(200);
    });
  });

  it('is known for as long as events are kept, and no longer', async () => {
    const { rows } = await service.engine.pool.query<{ days: number }>(
      `select distinct round(extract(epoch from expires_at - now()) / 86400)::int as days from clankerbot.event_keys`,
    );
    expect(rows).toEqual([{ days: 90 }]);
  });

  it("shows GitHub's delivery id, though it proves nothing", async () => {
    const body = JSON.stringify({ zen: 'Anything added dilutes everything else.' });
    const { body: answer } = await deliver(service.url, 'github', body, {
      'X-Hub-Signature-256': `sha256=${hmacHex(SECRET, body)}`,
      'X-GitHub-Delivery': 'd-shown',
    });
    const event = await fetch(`${service.url}/events/${answer.data.eventId}`);
    expect(((await event.json()) as { data: object }).data).toMatchObject({ deliveryId: 'd-shown' });
  });

  it('is a repeat of an own source under any id that the signature does not cover', async () => {
    const body = JSON.stringify({ lamp: 1, on: true });
    const headers = { 'X-Signature': hmacHex(SECRET, body) };
    expect([
      await send('body-signed', body, { ...headers, 'X-Id': '1', 'X-Type': 'on' }),
      await send('body-signed', body, { ...headers, 'X-Id': '2', 'X-Type': 'on' }),
      await send('body-signed', body, { ...headers, 'X-Id': '3', 'X-Type': 'off' }),
    ]).toEqual(['event', 'repeat', 'repeat']);
  });

  it('is refused where the id or the time is signed and was changed', async () => {
    const body = JSON.stringify({ lamp: 2 });
    const time = `${now()}`;
    const headers = {
      'X-Id': 'm-1',
      'X-Time': time,
      'X-Signature': hmacHex(SECRET, `m-1.${time}.${body}`),
    };
    expect([
      await send('all-signed', body, headers),
      await send('all-signed', body, headers),
      await send('all-signed', body, { ...headers, 'X-Id': 'm-2' }),
      await send('all-signed', body, { ...headers, 'X-Time': `${now() + 1}` }),
      await send('all-signed', body, { 'X-Id': 'm-1', 'X-Signature': headers['X-Signature'] }),
    ]).toEqual(['event', 'repeat', 401, 401, 401]);
  });

  it('takes equal bodies under different signed ids for what they are: different events', async () => {
    const body = JSON.stringify({ lamp: 3 });
    const outcomes = [];
    for (const id of ['n-1', 'n-2']) {
      const time = `${now()}`;
      const signature = hmacHex(SECRET, `${id}.${time}.${body}`);
      outcomes.push(await send('all-signed', body, { 'X-Id': id, 'X-Time': time, 'X-Signature': signature }));
    }
    expect(outcomes).toEqual(['event', 'event']);
  });

  it('is refused outside of the time that its sender signed', async () => {
    const body = JSON.stringify({ lamp: 4 });
    const at = (time: number | string) =>
      send('all-signed', body, {
        'X-Id': `t${time}`,
        'X-Time': `${time}`,
        'X-Signature': hmacHex(SECRET, `t${time}.${time}.${body}`),
      });
    expect([await at(now() - 120), await at(now() + 120), await at('soon'), await at('-1')]).toEqual([
      401, 401, 401, 401,
    ]);
    expect(await at(now() - 20)).toBe('event');
  });

  it('is recognised for as long as its signed time lets it in, whatever the window of content is', async () => {
    const body = JSON.stringify({ id: 'lamp-5' });
    const time = `${now() - 1_800}`;
    const headers = { 'X-Time': time, 'X-Signature': hmacHex(SECRET, `v0:${time}:${body}`) };
    expect([await send('timed', body, headers), await send('timed', body, headers)]).toEqual([
      'event',
      'repeat',
    ]);
  });
});

describe('a signed delivery without an id that is sent again', () => {
  it('is a repeat within the window under any type that the signature does not cover', async () => {
    const service = await startTestApp({ env: { WEBHOOK_SOURCES: JSON.stringify(SOURCES) } });
    try {
      const body = JSON.stringify({ lamp: 6 });
      const duplicates = [];
      for (const type of ['on', 'off', 'on']) {
        const answer = await deliver(service.url, 'without-ids', body, {
          'X-Signature': hmacHex(SECRET, body),
          'X-Type': type,
        });
        duplicates.push(answer.body.data.duplicate);
      }
      expect(duplicates).toEqual([false, true, true]);
    } finally {
      await service.close();
    }
  });
});
