import { join } from 'node:path';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readBackupFile, writeBackupFile } from '../../src/storage/backup/backup-file.js';
import { loadBackup } from '../../src/storage/backup/backup-loader.js';
import { readFrom } from '../../src/storage/backup/backup-source.js';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';
import { DatabaseMigrator } from '../../src/storage/migrator.js';
import { createDatabase } from '../../src/storage/database.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
import { leaveJob, makeFormerQueue } from '../support/former-queue.js';
import { startTestQueue } from '../support/queue.js';
import { until } from '../support/until.js';
import { contentsOf, fillEveryTable } from '../support/filled-database.js';
import { emptyDirectory, stopAllServices } from '../support/service.js';

interface Place {
  open(): DatabaseEngine;
  remove(): Promise<void>;
}

/** A place without anything, on the engine of this run, that can be opened again and again. */
async function emptyPlace(): Promise<Place> {
  if (!isOnPostgres) {
    const directory = join(emptyDirectory(), 'data');
    return { open: () => new PgliteEngine(directory), remove: async () => undefined };
  }
  const { url, drop } = await createEmptyPostgresDatabase();
  return {
    open: () => new PostgresEngine({ url, poolSize: 2, onError: () => undefined }),
    remove: drop,
  };
}

async function inside<T>(place: Place, work: (engine: DatabaseEngine) => Promise<T>): Promise<T> {
  const engine = place.open();
  await engine.open();
  return work(engine).finally(() => engine.close());
}

const restore = (place: Place, file: string) =>
  inside(place, (engine) => loadBackup(createDatabase(engine), readBackupFile(file)));

describe('a backup', () => {
  const file = join(emptyDirectory(), 'backup.gz');
  let original: Record<string, string[]>;
  let target: Place;

  beforeAll(async () => {
    const source = await emptyPlace();
    original = await inside(source, async (engine) => {
      await fillEveryTable(engine);
      return contentsOf(engine);
    });
    await readFrom(source.open(), (lines) => writeBackupFile(file, lines));
    await source.remove();
    target = await emptyPlace();
  }, 120_000);

  afterAll(async () => {
    await target.remove();
    await stopAllServices();
  });

  it('is for its owner only, and leaves nothing else behind', () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(file, '..'))).toEqual(['backup.gz']);
  });

  it('has something of every table in it', () => {
    expect(Object.entries(original).filter(([, rows]) => rows.length === 0)).toEqual([]);
    expect(Object.keys(original).length).toBeGreaterThan(20);
  });

  // In this order, on one target: each refusal must leave it empty for the next.
  it.each<[string, RegExp, (lines: string[]) => Buffer]>([
    ['is cut between two rows', /cut short/, (lines) => pack(lines.slice(0, -2))],
    ['is cut in mid-file', /cut short/, (lines) => pack(lines).subarray(0, 2_000)],
    [
      'lost a row',
      /cut short/,
      (lines) =>
        pack(
          lines.toSpliced(
            lines.findIndex((l) => l.startsWith('[')),
            1,
          ),
        ),
    ],
    ['is not a backup', /not a backup/, () => Buffer.from('something else')],
    ['is a packed something else', /not a backup/, () => pack(['{"kind":"other"}'])],
    [
      'knows a migration of the future',
      /newer Clankerbot: it has 9999-later/,
      (lines) =>
        pack(
          withHead(lines, (head) => ({
            ...head,
            migrations: [...(head['migrations'] as string[]), '9999-later'],
          })),
        ),
    ],
    [
      'has a newer format',
      /newer Clankerbot/,
      (lines) => pack(withHead(lines, (head) => ({ ...head, format: 2 }))),
    ],
  ])('that %s is refused, and nothing is left of it', async (_what, reason, change) => {
    const changed = join(emptyDirectory(), 'changed.gz');
    writeFileSync(changed, change(gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')));
    await expect(restore(target, changed)).rejects.toThrow(reason);
    expect(await inside(target, contentsOf)).toEqual({});
  });

  it('restored into an empty place gives every row of every table', async () => {
    const summary = await restore(target, file);
    expect(await inside(target, contentsOf)).toEqual(original);
    expect(summary.tables).toBe(Object.keys(original).filter((name) => !name.endsWith('_seq')).length);
  });

  it('is not restored over what is there', async () => {
    await expect(restore(target, file)).rejects.toThrow('has tables of Clankerbot already');
    expect(await inside(target, contentsOf)).toEqual(original);
  });

  it('is not written over another file', async () => {
    const before = readFileSync(file);
    await expect(readFrom(target.open(), (lines) => writeBackupFile(file, lines))).rejects.toThrow(
      'exists already',
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe('a backup of a release that kept its jobs in a queue of its own', () => {
  afterAll(stopAllServices);

  it('gives this one its jobs, of which each is done once, and leaves nothing of that queue behind', async () => {
    const source = await emptyPlace();
    let waiting = '';
    await inside(source, async (engine) => {
      await new DatabaseMigrator(engine).migrate();
      await makeFormerQueue(engine);
      waiting = await leaveJob(engine, 'left');
      await leaveJob(engine, 'left', { state: `'completed'` });
      await leaveJob(engine, 'left.dead', { source_name: `'left'`, source_output: `'{"message": "no"}'` });
    });
    const file = join(emptyDirectory(), 'backup.gz');
    await readFrom(source.open(), (lines) => writeBackupFile(file, lines));
    await source.remove();
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
    writeFileSync(file, pack(asThatRelease(lines)));

    const target = await emptyPlace();
    await restore(target, file);
    const engine = target.open();
    const ran: string[] = [];
    const running = await startTestQueue(engine, (queue) => {
      queue.define('left');
      queue.work<{ id: string }>('left', { concurrency: 2 }, async ({ data }) => void ran.push(data.id));
    });
    await until(() => ran.includes(waiting), { withinMs: 20_000 });
    const { queue } = running;
    await until(async () => (await queue.depths())[0]?.active === 0);
    expect(await queue.depths()).toEqual([expect.objectContaining({ ready: 0, deferred: 0, dead: 1 })]);
    await until(
      async () =>
        (await engine.pool.query(`select from pg_namespace where nspname = 'clankerbot_queue'`)).rowCount ===
        0,
    );
    await running.close();
    await target.remove();
    expect(ran).toEqual([waiting]);
  }, 120_000);
});

/** As its backup is: with the version and the other tables of the queue, and their partitions. */
function asThatRelease(lines: string[]): string[] {
  const column = (name: string, type: string) => ({ name, type });
  const extra = [
    {
      kind: 'table',
      schema: 'clankerbot_queue',
      name: 'queue_stats',
      columns: [column('name', 'text')],
      partitions: [{ name: 'queue_stats_1', bound: `FOR VALUES FROM ('2026-01-01') TO ('2026-01-02')` }],
    },
    ['left'],
    {
      kind: 'table',
      schema: 'clankerbot_queue',
      name: 'version',
      columns: [column('version', 'integer')],
      partitions: [],
    },
    ['42'],
  ].map((line) => JSON.stringify(line));
  const end = JSON.parse(lines.at(-1) ?? '') as { tables: number; rows: number };
  return [
    ...withHead(lines.slice(0, -1), (head) => ({ ...head, queueVersion: 42 })),
    ...extra,
    JSON.stringify({ ...end, tables: end.tables + 2, rows: end.rows + 2 }),
  ];
}

function withHead(lines: string[], change: (head: Record<string, unknown>) => object): string[] {
  const head = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  return [JSON.stringify(change(head)), ...lines.slice(1)];
}

const pack = (lines: string[]): Buffer => gzipSync(`${lines.join('\n')}\n`);
