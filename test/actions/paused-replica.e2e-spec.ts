import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import request from 'supertest';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { createPostgresDatabase, describeOnPostgres } from '../support/database.js';
import { type FakeSlack, SLACK_TOKEN, startFakeSlack } from '../support/fake-slack.js';
import { sendJson, startHttpServer } from '../support/http-server.js';
import { SELF_SIGNED } from '../support/self-signed.js';
import { emptyDirectory, type Service, startService, stopAllServices } from '../support/service.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';

const EVENTS = 20;
const KEYED = 3;

/** A target that lets nobody finish the handshake until it is told to, and counts what it is asked. */
async function startSlowHandshakes() {
  let asked = 0;
  const target = createHttpsServer(SELF_SIGNED, (_request, response) => {
    asked++;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  const held: (() => void)[] = [];
  const front = createServer((client) => {
    const upstream = connect((target.address() as AddressInfo).port, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.pause();
    upstream.pipe(client);
    held.push(() => void client.pipe(upstream));
  }).listen(0, '127.0.0.1');
  await Promise.all([once(target, 'listening'), once(front, 'listening')]);
  return {
    url: `https://127.0.0.1:${(front.address() as AddressInfo).port}/`,
    held,
    asked: () => asked,
    goOn: () => held.forEach((pass) => pass()),
    close: () => [target, front].forEach((server) => server.close()),
  };
}

/** Clockify, which lets creations wait until the test has it refuse them all at once; from then on it takes them. */
async function startCrowdedClockify(sandbox: ClockifySandbox) {
  const held: ServerResponse[] = [];
  let isCrowded = true;
  const front = await startHttpServer((received, response) => {
    const { method, url, headers, body } = received;
    if (isCrowded && method === 'POST') return void held.push(response);
    const { host: _host, connection: _connection, ...rest } = headers as Record<string, string>;
    const forwarded = fetch(`${sandbox.url}${url}`, {
      method,
      headers: rest,
      ...(method === 'POST' ? { body: new Uint8Array(body) } : {}),
    });
    void forwarded.then(async (answer) => sendJson(response, await answer.json(), answer.status));
  });
  return {
    ...front,
    held,
    refuseAll(retryAfterSeconds: number) {
      isCrowded = false;
      const headers = { 'retry-after': String(retryAfterSeconds) };
      for (const response of held) sendJson(response, { message: 'Too many' }, 429, headers);
    },
  };
}

interface Run {
  id: string;
  outcome: string;
  late: { outcome: string } | null;
}

/** How a replica is away, and how long Clockify and Slack have it wait, so that it is away when the wait is over. */
interface Absence {
  begin(first: Service, proxy: TcpProxy): void;
  end(first: Service, proxy: TcpProxy): void;
  retryAfterSeconds: number;
}

const STANDS_STILL: Absence = {
  begin: (first) => first.child.kill('SIGSTOP'),
  end: (first) => first.child.kill('SIGCONT'),
  retryAfterSeconds: 8,
};
/** Longer than a lease: before its end the replica rightly goes on. */
const LOSES_ITS_DATABASE: Absence = {
  begin: (_first, proxy) => proxy.freeze(),
  end: (_first, proxy) => proxy.thaw(),
  retryAfterSeconds: 14,
};

describeOnPostgres.each([
  ['stands still', STANDS_STILL],
  ['loses its database', LOSES_ITS_DATABASE],
])('a replica that %s while it waits to send', (_what, absence) => {
  let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
  let proxy: TcpProxy;
  let sandbox: ClockifySandbox;
  let clockify: Awaited<ReturnType<typeof startCrowdedClockify>>;
  let slack: FakeSlack;
  let target: Awaited<ReturnType<typeof startSlowHandshakes>>;
  let first: Service;
  let second: Service;
  let flowId = '';
  let scheduleId = '';
  const answers = new Map<string, Promise<{ status: number; body: { error?: { details?: object } } }>>();

  const entryOf = (description: string) => ({
    integration: 'clockify',
    operation: 'create_time_entry',
    params: {
      workspaceId: sandbox.workspace.id,
      body: { description, start: '2026-11-01T08:00:00Z', end: '2026-11-01T09:00:00Z' },
    },
  });
  const post = async (service: Service, body: object, key?: string) => {
    const response = await fetch(`${service.url}/actions/run`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(key ? { 'Idempotency-Key': key } : {}) },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as { error?: { details?: object } } };
  };
  const entries = (prefix: string): string[] =>
    sandbox
      .list('timeEntries')
      .map((entry) => String(entry['description']))
      .filter((description) => description.startsWith(prefix))
      .sort();
  const journal = async (filter: string): Promise<Run[]> =>
    (await request(second.url).get(`/actions/runs?limit=200&${filter}`).expect(200)).body.data.items as Run[];
  const flowRuns = async (): Promise<{ status: string }[]> =>
    (await request(second.url).get(`/flows/${flowId}/runs?limit=100`).expect(200)).body.data.items;

  beforeAll(async () => {
    database = await createPostgresDatabase();
    const url = new URL(database.url);
    proxy = await startTcpProxy(Number(url.port));
    sandbox = new ClockifySandbox();
    await sandbox.start();
    clockify = await startCrowdedClockify(sandbox);
    slack = await startFakeSlack();
    target = await startSlowHandshakes();
    const certificate = join(emptyDirectory(), 'ca.pem');
    writeFileSync(certificate, SELF_SIGNED.cert);
    const env = {
      ...sandbox.environment,
      CLOCKIFY_BASE_URL: `${clockify.url}/api`,
      NODE_EXTRA_CA_CERTS: certificate,
      CLOCKIFY_TIMEOUT_MS: String((absence.retryAfterSeconds + 1) * 1_000),
      CLOCKIFY_REQUESTS_PER_SECOND: '0',
      RATE_LIMIT_PER_MINUTE: '100000',
      FLOW_LEASE_SECONDS: '2',
      FLOW_CONCURRENCY: '64',
      SLACK_BOT_TOKEN: SLACK_TOKEN,
      SLACK_BASE_URL: slack.baseUrl,
      HTTP_REQUEST_ENABLED: 'true',
      HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
      HTTP_REQUEST_CONNECT_TIMEOUT_MS: '60000',
      HTTP_REQUEST_TIMEOUT_MS: '120000',
    };
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    [first, second] = await Promise.all([
      startService({ ...env, DATABASE_URL: url.href }),
      startService({ ...env, DATABASE_URL: database.url }),
    ]);
    await Promise.all([first.untilReady(), second.untilReady()]);

    const slackIsAsked = Promise.withResolvers<() => void>();
    slack.next('chat.postMessage', (_request, response) =>
      slackIsAsked.resolve(() => sendJson(response, {}, 429, { 'retry-after': '8' })),
    );
    second.child.kill('SIGSTOP'); // Until all is under way in the first.
    const { params } = entryOf('event {{ payload.n }}');
    const steps = [{ id: 'book', action: 'clockify.create_time_entry', params }];
    const flow = await request(first.url).post('/flows').send({ name: 'Book', steps }).expect(201);
    flowId = flow.body.data.id as string;
    for (let n = 0; n < EVENTS; n++) {
      await request(first.url).post(`/flows/${flowId}/run`).send({ payload: { n } }).expect(202);
    }
    for (let n = 0; n < KEYED; n++) answers.set(`keyed ${n}`, post(first, entryOf(`keyed ${n}`), `key-${n}`));
    answers.set('unkeyed', post(first, entryOf('unkeyed')));
    answers.set(
      'slack',
      post(
        first,
        { integration: 'slack', operation: 'post_message', params: { channel: '#x', text: 'once' } },
        'slack',
      ),
    );
    answers.set(
      'http',
      post(
        first,
        { integration: 'http-request', operation: 'POST', params: { url: target.url, body: {} } },
        'http',
      ),
    );
    const schedule = await request(first.url)
      .post('/schedules')
      .send({ name: 'Scheduled', at: new Date(Date.now() + 500).toISOString(), ...entryOf('scheduled') })
      .expect(201);
    scheduleId = schedule.body.data.id as string;
    const all = EVENTS + KEYED + 2;
    await until(() => clockify.held.length === all && target.held.length === 1, {
      what: () => `all to be under way: ${clockify.held.length}`,
    });
    const refuseSlack = await slackIsAsked.promise;
    clockify.refuseAll(absence.retryAfterSeconds);
    refuseSlack();
    await until(async () => {
      const metrics = await (await fetch(`${first.url}/metrics`)).text();
      return metrics.includes(`_count{host="core",outcome="rate_limited"} ${all}`);
    });
    absence.begin(first, proxy);
    second.child.kill('SIGCONT');
    await until(async () => (await flowRuns()).every(({ status }) => status === 'succeeded'), {
      withinMs: 90_000,
      everyMs: 200,
      what: () => `the second to take over: ${JSON.stringify(entries('event'))}`,
    });
    target.goOn();
    absence.end(first, proxy);
    await Promise.all(answers.values());
    await until(async () => (await journal('outcome=running')).length === 0, { what: 'all to be over' });
  }, 180_000);
  afterAll(async () => {
    first.child.kill('SIGCONT');
    second.child.kill('SIGCONT');
    await stopAllServices();
    target.close();
    await Promise.all([slack.close(), clockify.close(), sandbox.stop(), proxy.close()]);
    await database.drop();
  });

  it('books each event of a flow once: whoever takes over does it, and the first no more', () => {
    const all = Array.from({ length: EVENTS }, (_, n) => `event ${n}`);
    expect(entries('event')).toEqual(all.sort());
  });

  it('sends nothing for a key any more, and all are told the same of it from then on', async () => {
    expect(entries('keyed')).toEqual([]);
    for (let n = 0; n < KEYED; n++) {
      const unknown = { status: 502, body: { error: { details: { outcome: 'unknown' } } } };
      // Without its database the first cannot know that; it says that it has sent nothing.
      const own = absence === STANDS_STILL ? unknown : { status: 503 };
      expect(await answers.get(`keyed ${n}`)).toMatchObject(own);
      expect(await post(second, entryOf(`keyed ${n}`), `key-${n}`)).toMatchObject(unknown);
      const again = () => post(first, entryOf(`keyed ${n}`), `key-${n}`);
      let repeat = await again();
      // Its connections are dead, and it learns that of one after the other.
      await until(async () => repeat.status !== 503 || void (repeat = await again()), { everyMs: 100 });
      expect(repeat).toMatchObject(unknown);
    }
    expect(entries('keyed')).toEqual([]);
  });

  it('answers a run without a key as the journal has it', async () => {
    const { status } = (await answers.get('unkeyed')) ?? {};
    expect({ status, entries: entries('unkeyed') }).toEqual({ status: 503, entries: [] });
    await until(async () => {
      const runs = await journal('operation=create_time_entry&caller=anonymous');
      return runs.filter(({ outcome }) => outcome === 'failed').length === 1;
    });
  });

  it('says nothing twice in Slack and calls no address twice', () => {
    // Only standing still, and not the database, outlasts what Slack had it wait.
    expect(slack.messages).toHaveLength(absence === STANDS_STILL ? 0 : 1);
    expect(target.asked()).toBe(0);
  });

  it('carries out a scheduled action at most once', async () => {
    await until(async () => {
      const runs = await request(second.url).get(`/schedules/${scheduleId}/runs`).expect(200);
      return (runs.body.data.items as Run[]).length === 1;
    });
    expect(entries('scheduled').length).toBeLessThan(2);
  });

  it('keeps on the row what came too late, counts it and names the run in the log', async () => {
    const late = await until(async () => {
      const runs = (await journal('outcome=unknown')).filter((run) => run.late !== null);
      return runs.length >= EVENTS + KEYED ? runs : undefined;
    });
    expect(late.filter((run) => run.late?.outcome === 'failed').length).toBeGreaterThanOrEqual(EVENTS);
    const metrics = await (await fetch(`${first.url}/metrics`)).text();
    const [, counted = '0'] = /action_late_outcomes_total\{outcome="failed"\} (\d+)/.exec(metrics) ?? [];
    expect(Number(counted)).toBeGreaterThanOrEqual(EVENTS);
    const logged = first.logs().map((line) => line['run_id']);
    expect(logged).toEqual(expect.arrayContaining(late.map(({ id }) => id)));
  });
});
