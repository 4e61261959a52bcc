import { join } from 'node:path';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { installQueueTables } from '../../src/queue/queue-tables.js';
import { readBackupFile, writeBackupFile } from '../../src/storage/backup/backup-file.js';
import { loadBackup } from '../../src/storage/backup/backup-loader.js';
import { readFrom } from '../../src/storage/backup/backup-source.js';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';
import { createDatabase } from '../../src/storage/database.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
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
  inside(place, (engine) =>
    loadBackup(createDatabase(engine), readBackupFile(file), { installQueue: installQueueTables }),
  );

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
    expect(Object.keys(original).length).toBeGreaterThan(25);
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
      'has a newer job queue',
      /newer Clankerbot: it has job queue 9999/,
      (lines) => pack(withHead(lines, (head) => ({ ...head, queueVersion: 9999 }))),
    ],
    [
      'has an older job queue',
      /older version 2/,
      (lines) => pack(withHead(lines, (head) => ({ ...head, queueVersion: 2 }))),
    ],
    [
      'has a newer format',
      /newer Clankerbot/,
      (lines) => pack(withHead(lines, (head) => ({ ...head, format: 2 }))),
    ],
    [
      'brings SQL in a bound',
      /without a bound/,
      (lines) => pack(lines.map((l) => l.replace('FOR VALUES FROM', 'DEFAULT; drop schema public; --'))),
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

function withHead(lines: string[], change: (head: Record<string, unknown>) => object): string[] {
  const head = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  return [JSON.stringify(change(head)), ...lines.slice(1)];
}

const pack = (lines: string[]): Buffer => gzipSync(`${lines.join('\n')}\n`);
