import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { accessConfig } from '../../src/access/access.config.js';
import { digestOf } from '../../src/access/api-key.js';
import { CONFIG_SECTIONS } from '../../src/app.config.js';
import { loadConfig } from '../../src/config/load-config.js';
import { storageConfig } from '../../src/storage/storage.config.js';

const SCRIPT = join(import.meta.dirname, '../../helm/clankerbot/scripts/make-first-secrets.mjs');

interface Secret {
  metadata: { name: string; labels: Record<string, string> };
  stringData: Record<string, string>;
}

describe("the Job that makes the chart's first Secret", () => {
  let api: Server;
  let account: string;
  let answer: { status: number; body: object };
  let asked: { request: IncomingMessage; secret: Secret }[];

  beforeAll(async () => {
    account = await mkdtemp(join(tmpdir(), 'account-'));
    await writeFile(join(account, 'namespace'), 'bots');
    await writeFile(join(account, 'token'), 'the-token\n');
    api = createServer(async (request, response) => {
      asked.push({ request, secret: JSON.parse(await text(request)) as Secret });
      response.writeHead(answer.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
    api.listen(0, '127.0.0.1');
    await once(api, 'listening');
  });
  beforeEach(() => {
    asked = [];
    answer = { status: 201, body: {} };
  });
  afterAll(async () => {
    api.close();
    await rm(account, { recursive: true });
  });

  async function run(url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`) {
    const child = spawn(process.execPath, [SCRIPT], {
      env: {
        SECRET_NAME: 'clankerbot-generated',
        SECRET_LABELS: '{"app.kubernetes.io/instance":"clankerbot"}',
        DATABASE_HOST: 'clankerbot-postgresql',
        SERVICE_ACCOUNT_DIR: account,
        KUBERNETES_API_URL: url,
      },
    });
    const [out, error] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: child.exitCode, out: out.trim(), error: error.trim() };
  }

  it('creates it in its own namespace, as its own account', async () => {
    expect(await run()).toEqual({ code: 0, out: 'The Secret clankerbot-generated was made', error: '' });
    const [{ request, secret } = { request: undefined, secret: undefined }] = asked;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe('/api/v1/namespaces/bots/secrets');
    expect(request?.headers.authorization).toBe('Bearer the-token');
    expect(secret?.metadata).toEqual({
      name: 'clankerbot-generated',
      labels: { 'app.kubernetes.io/instance': 'clankerbot' },
    });
  });

  it('makes what the service takes: a database, an admin key, a key for secrets at rest', async () => {
    await run();
    const made = asked[0]?.secret.stringData ?? {};
    const config = loadConfig(CONFIG_SECTIONS, {
      DATABASE_URL: made['database-url'],
      API_KEYS: made['api-keys'],
      ENCRYPTION_KEY: made['encryption-key'],
      WEBHOOK_SHARED_SECRET: made['webhook-shared-secret'],
    });
    expect(config.get(storageConfig).ENCRYPTION_KEY).toHaveLength(32);
    expect(config.get(storageConfig).DATABASE_URL).toBe(
      `postgres://clankerbot:${made['postgres-password']}@clankerbot-postgresql:5432/clankerbot`,
    );
    expect(config.get(accessConfig).API_KEYS).toEqual([
      { name: 'admin', role: 'admin', digest: digestOf(made['api-key'] ?? '') },
    ]);
  });

  it('makes another one each time, and prints none of it', async () => {
    const printed = JSON.stringify([await run(), await run()]);
    const values = asked.flatMap(({ secret }) => Object.values(secret.stringData));
    expect(new Set(values).size).toBe(12);
    expect(values.filter((value) => printed.includes(value))).toEqual([]);
  });

  it('leaves a Secret that is there as it is', async () => {
    answer = { status: 409, body: { message: 'already exists' } };
    const { code, out } = await run();
    expect({ code, out }).toEqual({
      code: 0,
      out: 'The Secret clankerbot-generated is there already and stays as it is',
    });
    expect(asked).toHaveLength(1);
  });

  it('fails, and says why, when it may not', async () => {
    answer = { status: 403, body: { message: 'secrets is forbidden: User cannot create' } };
    const { code, error } = await run();
    expect(code).toBe(1);
    expect(error).toBe(
      'The Secret clankerbot-generated could not be made. The Kubernetes API answered 403: secrets is forbidden: User cannot create',
    );
  });

  it('fails, and says why, when the API does not answer', async () => {
    const { code, error } = await run('http://127.0.0.1:1');
    expect(code).toBe(1);
    expect(error).toMatch(/could not be made\. fetch failed \(.+\)/);
  });
});
