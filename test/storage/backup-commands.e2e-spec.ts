import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { doorOf } from '../../src/storage/local-socket.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { createEmptyPostgresDatabase, describeOnPostgres, isOnPostgres } from '../support/database.js';
import { contentsOf, fillEveryTable } from '../support/filled-database.js';
import {
  emptyDirectory,
  NODE_FLAGS,
  type Service,
  startService,
  stopAllServices,
} from '../support/service.js';

type Env = Record<string, string>;

/** The command as its npm script runs it, by the built code. */
async function run(command: string, args: string[], env: Env): Promise<{ code: number; said: string }> {
  const script = join(import.meta.dirname, `../../dist/commands/${command}.js`);
  const child = spawn(process.execPath, [...NODE_FLAGS, script, ...args], {
    cwd: emptyDirectory(),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

const drops: (() => Promise<void>)[] = [];

async function emptyPostgres(): Promise<string> {
  const { url, drop } = await createEmptyPostgresDatabase();
  drops.push(drop);
  return url;
}

const emptyPlace = async (): Promise<Env> =>
  isOnPostgres ? { DATABASE_URL: await emptyPostgres() } : { DATA_DIR: join(emptyDirectory(), 'data') };

const SETTINGS = { WEBHOOK_SHARED_SECRET: 'a-secret', WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000' };

/** Delivers one event and answers its id, once it is acknowledged. */
async function deliverOne(service: Service, n: number): Promise<string> {
  const answer = await fetch(`${service.url}/webhooks/clockify`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-webhook-secret': 'a-secret',
      'x-clockify-event-id': `evt_${n}`,
    },
    body: JSON.stringify({ id: `entry${n}`, note: 'ü\u2028😀'.repeat(100) }),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: { eventId: string } }).data.eventId;
}

async function storedIds(service: Service): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const answer = await fetch(`${service.url}/events?limit=100${cursor}`);
    const { data } = (await answer.json()) as {
      data: { items: { id: string }[]; nextCursor: string | null };
    };
    ids.push(...data.items.map(({ id }) => id));
    if (data.nextCursor === null) return ids;
    cursor = `&cursor=${data.nextCursor}`;
  }
}

afterAll(async () => {
  await stopAllServices();
  for (const drop of drops) await drop();
});

describe('npm run backup and npm run restore', () => {
  let source: Env;
  let service: Service;

  beforeAll(async () => {
    source = await emptyPlace();
    service = await startService({ ...SETTINGS, ...source });
    await service.untilReady();
  }, 120_000);

  it('take what was acknowledged while the service runs on, into a place where the next one starts', async () => {
    const before: string[] = [];
    for (let n = 0; n < 120; n++) before.push(await deliverOne(service, n));
    const file = join(emptyDirectory(), 'backup.gz');
    const taken = { isDone: false };
    const during: string[] = [];
    const taking = run('backup', [file], source).finally(() => (taken.isDone = true));
    while (!taken.isDone) during.push(await deliverOne(service, 1_000 + during.length));
    expect(await taking).toEqual({
      code: 0,
      said: expect.stringMatching(/^Backed up \d+ rows of \d+ tables\.\n$/),
    });
    expect(during.length).toBeGreaterThan(0);

    const target = await emptyPlace();
    expect((await run('restore', [file], target)).said).toMatch(/^Restored \d+ rows/);
    const next = await startService({ ...SETTINGS, ...target });
    await next.untilReady();
    const restored = new Set(await storedIds(next));
    expect(before.filter((id) => !restored.has(id))).toEqual([]);
    // What comes later goes on behind it, and a repeat of what was in the backup is known as one.
    expect(before).toContain(await deliverOne(next, 0));
    expect(restored).not.toContain(await deliverOne(next, 999_999));
    expect(await next.stop()).toBe(0);
  }, 120_000);

  it('say in one sentence why not, with exit code 1', async () => {
    const existing = join(emptyDirectory(), 'there.gz');
    writeFileSync(existing, 'precious');
    expect(await run('backup', [existing], source)).toEqual({
      code: 1,
      said: `${existing} exists already; it was left as it is.\n`,
    });
    expect((await run('backup', [], source)).said).toBe(
      'Usage: npm run backup -- FILE (or - for standard output)\n',
    );
    const nowhere = join(emptyDirectory(), 'no/such/folder/backup.gz');
    expect(await run('backup', [nowhere], source)).toEqual({
      code: 1,
      said: `${nowhere} cannot be written (ENOENT).\n`,
    });
    const belowFile = join(existing, 'backup.gz');
    expect((await run('backup', [belowFile], source)).said).toBe(
      `${belowFile} cannot be written (ENOTDIR).\n`,
    );
    const missing = join(emptyDirectory(), 'missing.gz');
    const restored = await run('restore', [missing], isOnPostgres ? await emptyPlace() : {});
    expect(restored).toEqual({ code: 1, said: `${missing} cannot be read (ENOENT).\n` });
  }, 120_000);
});

const describeOnEmbedded = isOnPostgres ? describe.skip : describe;

describeOnEmbedded('the door for backups of the embedded Postgres', () => {
  it('cuts off a visitor that leaves, and serves on', async () => {
    const env = { ...SETTINGS, DATA_DIR: join(emptyDirectory(), 'data') };
    const service = await startService(env);
    await service.untilReady();
    const visitor = createConnection(doorOf(env.DATA_DIR));
    await once(visitor, 'data');
    visitor.destroy();
    await deliverOne(service, 1);
    expect((await run('backup', [join(emptyDirectory(), 'b.gz')], env)).code).toBe(0);

    await service.stop('SIGKILL');
    expect(existsSync(doorOf(env.DATA_DIR))).toBe(true);
    const stopped = await run('backup', [join(emptyDirectory(), 'b.gz')], env);
    expect(stopped).toEqual({ code: 0, said: expect.stringContaining('Backed up') });

    const next = await startService(env);
    await next.untilReady();
    expect((await run('backup', [join(emptyDirectory(), 'b.gz')], env)).code).toBe(0);
    expect(await next.stop()).toBe(0);
    expect(existsSync(doorOf(env.DATA_DIR))).toBe(false);
  }, 120_000);

  it('makes no database where there is none', async () => {
    const dataDir = join(emptyDirectory(), 'nothing');
    const { code, said } = await run('backup', [join(emptyDirectory(), 'b.gz')], { DATA_DIR: dataDir });
    expect([code, said]).toEqual([
      1,
      `DATA_DIR ${dataDir} has no embedded Postgres: there is nothing to read.\n`,
    ]);
    expect(existsSync(dataDir)).toBe(false);
  });
});

describeOnPostgres('npm run move-to-postgres', () => {
  it('copies every table, leaves the source, and refuses a target with tables and a source in use', async () => {
    const dataDir = join(emptyDirectory(), 'data');
    const embedded = new PgliteEngine(dataDir);
    await embedded.open();
    await fillEveryTable(embedded);
    const original = await contentsOf(embedded);
    const url = await emptyPostgres();
    const env = { DATA_DIR: dataDir, DATABASE_URL: url };
    expect((await run('move-to-postgres', [], env)).said).toMatch(/Stop the service that uses DATA_DIR/);
    await embedded.close();

    expect((await run('move-to-postgres', [], env)).said).toMatch(/^Moved \d+ rows of \d+ tables/);
    const server = new PostgresEngine({ url, poolSize: 2, onError: () => undefined });
    expect(await contentsOf(server)).toEqual(original);
    await server.close();
    await embedded.open();
    expect(await contentsOf(embedded)).toEqual(original);
    await embedded.close();

    expect(await run('move-to-postgres', [], env)).toEqual({
      code: 1,
      said: expect.stringContaining('has tables of Clankerbot already'),
    });
    expect((await run('move-to-postgres', [], { DATA_DIR: dataDir })).said).toMatch(/^Set DATABASE_URL/);
  }, 120_000);
});
