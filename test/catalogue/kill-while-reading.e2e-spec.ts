import { readFileSync } from 'node:fs';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
import { emptyDirectory, type Service, startService, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';
import { type BootstrapBody, WORKSPACE } from './catalogue-app.js';

const CLIENTS = 8_000;
const TAGS = 2_000;
/** A busy machine may not manage more; another one for whoever measures. */
const RATE = Number(process.env['CATALOGUE_RATE'] ?? 20);

const ofMemory = ({ child }: Service): number => {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
};

describe('kill -9 while a workspace of 10,000 things is read', () => {
  const sandbox = new ClockifySandbox({ workspace: { id: WORKSPACE } });
  let database: { url: string; drop: () => Promise<void> } | undefined;
  const folder = emptyDirectory();
  beforeAll(async () => {
    await sandbox.start();
    for (let i = 0; i < CLIENTS; i++) sandbox.add('clients', { name: `Client ${i}`, archived: false });
    for (let i = 0; i < TAGS; i++) sandbox.add('tags', { name: `tag ${i}`, archived: false });
    database = isOnPostgres ? await createEmptyPostgresDatabase() : undefined;
  });
  afterAll(async () => {
    await stopAllServices();
    await sandbox.stop();
    await database?.drop();
  });

  const start = async (): Promise<Service> => {
    const service = await startService(
      {
        ...sandbox.environment,
        CATALOGUE_REQUESTS_PER_SECOND: String(RATE),
        RATE_LIMIT_PER_MINUTE: '100000',
        ...(database ? { DATABASE_URL: database.url } : {}),
      },
      { cwd: folder },
    );
    await service.untilReady();
    return service;
  };
  const status = async ({ url }: Service): Promise<BootstrapBody> =>
    ((await (await fetch(`${url}/bootstrap?workspaceId=${WORKSPACE}`)).json()) as { data: BootstrapBody })
      .data;
  const begin = async ({ url }: Service): Promise<void> => {
    const body = JSON.stringify({ workspaceId: WORKSPACE });
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${url}/bootstrap`, { method: 'POST', headers, body });
  };
  const pagesAsked = (): string[] =>
    sandbox.requests.all.map(({ operation, query }) => `${operation} ${query['page'] ?? ''}`);

  it('goes on where it was, and asks nothing again but the page that was under way', async () => {
    const first = await start();
    await begin(first);
    await until(() => pagesAsked().filter((page) => page.startsWith('getClients')).length >= 10);
    await first.stop('SIGKILL');
    const second = await start();
    const run = await until(
      async () => {
        const body = await status(second);
        return body.finishedAt === null ? undefined : body;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
    expect(run).toMatchObject({ status: 'complete' });
    const asked = pagesAsked();
    expect(asked.length - new Set(asked).size).toBeLessThanOrEqual(1);
    const { data } = (await (await fetch(`${second.url}/catalogue/workspaces`)).json()) as {
      data: { items: { types: { type: string; count: number }[] }[] };
    };
    expect(data.items[0]?.types).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'client', count: CLIENTS }),
        expect.objectContaining({ type: 'tag', count: TAGS }),
      ]),
    );
    await second.stop();
  }, 120_000);

  it('holds its rate, and needs little memory', async () => {
    const service = await start();
    const before = ofMemory(service);
    sandbox.requests.clear();
    let most = before;
    await begin(service);
    const run = await until(
      async () => {
        most = Math.max(most, ofMemory(service));
        const body = await status(service);
        return body.finishedAt === null ? undefined : body;
      },
      { withinMs: 60_000, everyMs: 200 },
    );
    const times = sandbox.requests.all.map(({ atMs }) => atMs);
    const windows = times.map((from) => times.filter((at) => at >= from && at < from + 1000).length);
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000;
    const figures = {
      requests: run.requests,
      perSecond: (times.length - RATE) / seconds,
      mostInASecond: Math.max(...windows),
      moreMegabytes: most - before,
    };
    if (process.env['SHOW_FIGURES']) process.stdout.write(`${JSON.stringify(figures)}\n`);
    // A block of permits may cross the border between two windows as the upstream sees them.
    expect(figures.mostInASecond).toBeLessThanOrEqual(RATE * 1.25);
    expect(figures.moreMegabytes).toBeLessThan(100);
    await service.stop();
  }, 120_000);
});
