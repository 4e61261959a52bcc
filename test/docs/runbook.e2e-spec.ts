import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { faultsOf } from '../support/commands/call-checks.js';
import {
  createEmptyPostgresDatabase,
  createServiceDatabase,
  isOnPostgres,
  TEST_DATABASE_URL,
} from '../support/database.js';
import { isAsShown, type RanBlock, runDocument } from '../support/document-shell.js';
import { anchors, readDocument, ROOT } from '../support/markdown.js';
import { type Service, startService, stopAllServices } from '../support/service.js';

const KEY = 'the-key-of-the-owner-1234567890';
const SECRET = 'the-webhook-secret';
const text = readDocument('docs/RUNBOOK.md');

/** What only a Postgres server has: a second role for the rotation of its password, an empty place to restore into. */
async function postgresVariables(
  databaseUrl: string,
): Promise<{ env: Record<string, string>; drop: () => Promise<void> }> {
  const empty = await createEmptyPostgresDatabase();
  const url = new URL(databaseUrl);
  const admin = new pg.Client({ connectionString: TEST_DATABASE_URL });
  await admin.connect();
  // On a server of yours there may be a role of this name already: it is used, and stays.
  const { rowCount } = await admin.query(`select from pg_roles where rolname = 'clankerbot'`);
  if (rowCount === 0) await admin.query('create role clankerbot superuser');
  return {
    env: {
      DATABASE_URL: databaseUrl,
      EMPTY_DATABASE_URL: empty.url,
      ADMIN_URL: TEST_DATABASE_URL ?? '',
      NEW_DATABASE_URL: Object.assign(new URL(url), { username: 'clankerbot_b', password: 'the-new-one' })
        .href,
    },
    async drop() {
      await admin.query('drop role if exists clankerbot_b');
      if (rowCount === 0) await admin.query('drop role clankerbot');
      await admin.end();
      await empty.drop();
    },
  };
}

describe('docs/RUNBOOK.md', () => {
  const drops: (() => Promise<void>)[] = [];
  let service: Service;
  let blocks: RanBlock[];

  beforeAll(async () => {
    const sandbox = new ClockifySandbox();
    await sandbox.start();
    const database = await createServiceDatabase();
    const postgres = isOnPostgres ? await postgresVariables(database.env['DATABASE_URL'] ?? '') : undefined;
    drops.push(stopAllServices, () => sandbox.stop(), ...(postgres ? [postgres.drop] : []), database.drop);
    service = await startService({
      ...database.env,
      ...sandbox.environment,
      API_KEYS: `owner:admin:${KEY}`,
      WEBHOOK_SHARED_SECRET: SECRET,
    });
    await service.untilReady();
    blocks = await runDocument(text, {
      url: service.url,
      env: { URL: service.url, KEY, SECRET, ...database.env, ...postgres?.env },
      words: [isOnPostgres ? 'postgres' : 'embedded'],
    });
  }, 180_000);
  afterAll(async () => {
    for (const drop of drops) await drop();
  });

  it('has commands that work, one after the other', () => {
    expect(blocks.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(blocks.filter(({ isLive }) => isLive).length).toBeGreaterThan(25);
  });

  it('shows what they answer', () => {
    const others = blocks.flatMap(({ line, answers }) =>
      answers
        .filter(({ actual, expected }) => !isAsShown(actual, expected))
        .map((answer) => ({ line, ...answer })),
    );
    expect(others).toEqual([]);
  });

  it('names only files, values, services, objects and routes that there are', () => {
    expect(faultsOf(blocks.flatMap(({ calls }) => calls))).toEqual([]);
  });

  it('names only metrics that the service has', async () => {
    const exposed = await (await fetch(`${service.url}/metrics`)).text();
    const known = new Set([...exposed.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
    known.add('redis_up').add('throttling_redis_fallback_total'); // With REDIS_URL only.
    const named = [...text.matchAll(/`([a-z]+(?:_[a-z0-9]+)+)(?:\{[^`]*\})?`/g)].map(
      (match) => match[1] ?? '',
    );
    const metrics = named.filter((name) =>
      /_(total|seconds|bytes|count|jobs|events|pool_connections|up)$/.test(name),
    );
    expect(metrics.length).toBeGreaterThan(20);
    expect(metrics.filter((name) => !known.has(name) && !known.has(name.replace(/_count$/, '')))).toEqual([]);
  });

  it('quotes only what the service says', () => {
    const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((path) =>
      readFileSync(join(ROOT, path), 'utf8'),
    );
    const said = [...text.matchAll(/`([A-Z][a-z]+ [a-z][^`…{]{10,}?)[.:]?`/g)].map((match) => match[1] ?? '');
    expect(said.length).toBeGreaterThan(5);
    expect(said.filter((message) => !sources.some((source) => source.includes(message)))).toEqual([]);
  });

  it('has the section that each alert rule points to', () => {
    const pages = globSync('helm/clankerbot/files/alerts/*.yaml', { cwd: ROOT }).flatMap((path) =>
      [...readDocument(path).matchAll(/runbook: docs\/RUNBOOK\.md#(\S+)/g)].map((match) => match[1] ?? ''),
    );
    const places = anchors(text);
    expect(pages.filter((place) => !places.has(place))).toEqual([]);
  });
});
