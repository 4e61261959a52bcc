import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startHttpServer } from '../support/http-server.js';
import { createServiceDatabase } from '../support/database.js';
import { type Service, startService, stopAllServices } from '../support/service.js';

const SMOKE = join(import.meta.dirname, '../../scripts/smoke.sh');
const ENV = {
  API_KEYS: 'smoke:operator:a-key-of-the-operator-1234567890',
  WEBHOOK_SHARED_SECRET: 'the-webhook-secret',
};
const SECRETS = {
  CLANKERBOT_API_KEY: 'a-key-of-the-operator-1234567890',
  CLANKERBOT_WEBHOOK_SECRET: 'the-webhook-secret',
};

describe('scripts/smoke.sh', () => {
  let service: Service;
  let drop: () => Promise<void>;

  beforeAll(async () => {
    const database = await createServiceDatabase();
    drop = database.drop;
    service = await startService({ ...ENV, ...database.env });
    await service.untilReady();
  }, 120_000);
  afterAll(async () => {
    await stopAllServices();
    await drop();
  });

  async function smoke(url: string, env: Record<string, string>): Promise<{ code: number; lines: string[] }> {
    const child = spawn(SMOKE, [url], { env: { PATH: process.env['PATH'], ...env } });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [code] = (await once(child, 'close')) as [number];
    return { code, lines: Buffer.concat(chunks).toString().trim().split('\n') };
  }

  it('passes a service that is well, a line for each check, and may be run again', async () => {
    for (const url of [service.url, `${service.url}/`]) {
      expect(await smoke(url, SECRETS)).toEqual({
        code: 0,
        lines: [
          'ok    health',
          'ok    readiness',
          'ok    parse',
          'ok    run (shown, not sent: no Clockify credentials)',
          'ok    webhook',
          'ok    webhook, delivered twice',
          'ok    webhook, known again',
          'ok    schedule, made',
          'ok    schedule, deleted',
          'ok    schedule, gone',
          'ok    metrics',
          `all is well at ${service.url}`,
        ],
      });
    }
    const answer = await fetch(`${service.url}/schedules`, {
      headers: { 'x-api-key': SECRETS.CLANKERBOT_API_KEY },
    });
    expect(((await answer.json()) as { data: { items: unknown[] } }).data.items).toEqual([]);
  });

  it('asks of webhooks only the refusal when it has no secret, and says so', async () => {
    const { code, lines } = await smoke(service.url, { CLANKERBOT_API_KEY: SECRETS.CLANKERBOT_API_KEY });
    expect(code).toBe(0);
    expect(lines).toContain('ok    webhook (refused: CLANKERBOT_WEBHOOK_SECRET is not set)');
  });

  it('passes a service as it is after its first start, and says that its webhooks are open', async () => {
    const { env, drop: dropOpen } = await createServiceDatabase();
    const open = await startService(env);
    await open.untilReady();
    const { code, lines } = await smoke(open.url, {});
    expect([code, lines.filter((line) => line.includes('webhook'))]).toEqual([
      0,
      [
        'ok    webhook (from anybody: the service has no WEBHOOK_SHARED_SECRET)',
        'ok    webhook, delivered twice',
        'ok    webhook, known again',
      ],
    ]);
    await open.stop();
    await dropOpen();
  }, 120_000);

  it.each<[string, Record<string, string>, RegExp]>([
    ['key', { CLANKERBOT_API_KEY: 'wrong' }, /^FAIL {2}parse: expected 200 .*, got 401 /],
    ['secret', { CLANKERBOT_WEBHOOK_SECRET: 'wrong' }, /^FAIL {2}webhook: expected 200 .*, got 401 /],
  ])('fails with a wrong %s, and never prints it', async (_what, wrong, line) => {
    const { code, lines } = await smoke(service.url, { ...SECRETS, ...wrong });
    expect(code).toBe(1);
    expect(lines).toContainEqual(expect.stringMatching(line));
    expect(lines.at(-1)).toBe(`something is wrong at ${service.url}`);
    expect(lines.join('\n')).not.toContain(SECRETS.CLANKERBOT_API_KEY);
  });

  it('fails where nothing answers, and where something else does', async () => {
    const other = await startHttpServer((_request, response) => response.end('{"ok":true}'));
    expect((await smoke(other.url, SECRETS)).code).toBe(1);
    await other.close();
    const { code, lines } = await smoke(other.url, SECRETS);
    expect(code).toBe(1);
    expect(lines.filter((line) => line.startsWith('ok'))).toEqual([]);
  });
});
