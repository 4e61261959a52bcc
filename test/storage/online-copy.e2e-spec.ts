import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { copyFiles, copyLog, refuseWithoutRoom } from '../../src/storage/backup/copied-files.js';
import { serveVisit } from '../../src/storage/backup/copy-visit.js';
import { type CopyEnd, OnlineCopy } from '../../src/storage/backup/online-copy.js';
import { COPY_PREFIX } from '../../src/storage/left-copies.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { isOnPostgres } from '../support/database.js';
import { emptyDirectory, stopAllServices } from '../support/service.js';
import { until } from '../support/until.js';

const ROWS = 200_000;

// A server has snapshots of its own.
const describeEmbedded = isOnPostgres ? describe.skip : describe;

/** Two tables that only ever change together, and how often they did. */
const CREATE = `
  create table debit (id int primary key, amount int not null, note text not null);
  create table credit (id int primary key, amount int not null);
  create table moves (count int not null);
  insert into debit select n, 0, md5(n::text) from generate_series(1, ${ROWS}) n;
  insert into credit select n, 0 from generate_series(1, ${ROWS}) n;
  insert into moves values (0)`;

const DIFFERENCES = `
  select count(*)::int as count from debit full join credit using (id)
  where debit.amount is distinct from credit.amount`;

/** Changes rows at both ends of both tables, adds one and removes one, in one transaction. */
async function move({ pool }: PgliteEngine, n: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const ids = [1 + ((n * 7919) % ROWS), ROWS - ((n * 104_729) % ROWS)];
    await client.query('update debit set amount = amount + $2 where id = any($1)', [ids, n]);
    await client.query('insert into debit values ($1, $1, $2)', [ROWS + n, 'x'.repeat(500)]);
    await client.query('delete from debit where id = $1', [ROWS + n - 20]);
    await client.query('update credit set amount = amount + $2 where id = any($1)', [ids, n]);
    await client.query('insert into credit values ($1, $1)', [ROWS + n]);
    await client.query('delete from credit where id = $1', [ROWS + n - 20]);
    await client.query('update moves set count = $1', [n]);
    await client.query('commit');
  } finally {
    client.release();
  }
}

const numberOf = async ({ pool }: PgliteEngine, query: string): Promise<number> =>
  Number((await pool.query<{ count: number }>(query)).rows[0]?.count);

describeEmbedded('a copy of the embedded Postgres', () => {
  const dataDir = join(emptyDirectory(), 'data');
  const engine = new PgliteEngine(dataDir);
  let moved = 0;

  beforeAll(async () => {
    await engine.open();
    await engine.pool.query(CREATE);
  }, 120_000);
  afterAll(async () => {
    await engine.close();
    await stopAllServices();
  });

  async function copyWhile(work: () => Promise<unknown>): Promise<{ to: string; end: CopyEnd }> {
    const to = emptyDirectory();
    const copying = { from: dataDir, to, onStep: () => undefined };
    const copy = await OnlineCopy.begin(engine);
    const files = { areCopied: false };
    const filesCopied = copyFiles(copying).finally(() => (files.areCopied = true));
    while (!files.areCopied) await work();
    await filesCopied;
    const end = await copy.end();
    await copyLog(copying, end);
    await copy.release();
    return { to, end };
  }

  it('taken while every statement goes on shows one moment, the one at which the copying ended', async () => {
    const before = moved;
    const copying = copyWhile(() => move(engine, ++moved));
    const { to } = await copying;
    const atEnd = moved;
    for (let n = 0; n < 20; n++) await move(engine, ++moved);
    expect(atEnd).toBeGreaterThan(before + 5);

    const copy = new PgliteEngine(to);
    await copy.open();
    expect(await numberOf(copy, 'select count from moves')).toBe(atEnd);
    expect(await numberOf(copy, DIFFERENCES)).toBe(0);
    expect(await numberOf(copy, 'select count(*) from debit')).toBe(ROWS);
    // By the indices as well, and it can be written to.
    await copy.pool.query('set enable_seqscan = off');
    expect(await numberOf(copy, DIFFERENCES)).toBe(0);
    await move(copy, atEnd + 1);
    expect(await numberOf(copy, DIFFERENCES)).toBe(0);
    await copy.close();
    expect(await numberOf(engine, DIFFERENCES)).toBe(0);
  }, 120_000);

  it('asks two statements of the database, however large it is, and holds no transaction', async () => {
    const before = engine.statements.total;
    await copyWhile(() => new Promise((resolve) => setImmediate(resolve)));
    expect(engine.statements.total - before).toBe(2);
  }, 120_000);

  it('is no database without the log of what was written meanwhile', async () => {
    const { to, end } = await copyWhile(() => move(engine, ++moved));
    rmSync(join(to, 'pg_wal', end.lastSegment));
    await expect(new PgliteEngine(to).open()).rejects.toThrow();
  }, 120_000);

  it('that was given up can be followed by another', async () => {
    await (await OnlineCopy.begin(engine)).release();
    expect(engine.keepsLog).toBe(false);
    const { to } = await copyWhile(() => move(engine, ++moved));
    expect(existsSync(join(to, 'backup_label'))).toBe(true);
    expect(engine.keepsLog).toBe(false);
  }, 120_000);

  it('has nothing of the lock, the sockets and other copies', async () => {
    const other = join(dataDir, `${COPY_PREFIX}other`);
    mkdirSync(other);
    writeFileSync(join(other, 'secret'), 'x');
    const { to } = await copyWhile(async () => new Promise((resolve) => setImmediate(resolve)));
    expect(readdirSync(to).filter((name) => /^(clankerbot|backup-copy|.*\.sock)/.test(name))).toEqual([]);
    rmSync(other, { recursive: true });
  }, 120_000);

  it('is cut off when its visitor takes no step, and leaves nothing', async () => {
    const { visitor, visit } = await visitAt(engine, dataDir);
    await until(() => readdirSync(dataDir).some((name) => name.startsWith(COPY_PREFIX)));
    await expect(visit).rejects.toThrow();
    expect(engine.keepsLog).toBe(false);
    expect(readdirSync(dataDir).filter((name) => name.startsWith(COPY_PREFIX))).toEqual([]);
    visitor.destroy();
  });

  it('is refused where it would fill the disk of the database', () => {
    expect(() => refuseWithoutRoom(2_000_000_000, 1_999_000_000, '/data')).toThrow(
      'needs 2000 MB in DATA_DIR /data for a while, where 1999 MB are free',
    );
    expect(() => refuseWithoutRoom(2_000_000_000, 2_000_000_000, '/data')).not.toThrow();
  });
});

/** A visitor who says nothing, to a door that waits 200 ms. */
async function visitAt(
  engine: PgliteEngine,
  dataDir: string,
): Promise<{ visitor: Socket; visit: Promise<void> }> {
  const path = join(emptyDirectory(), 'door');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const visitor = createConnection(path);
  visitor.on('error', () => undefined);
  const [door] = (await once(server, 'connection')) as [Socket];
  door.on('error', () => undefined);
  server.close();
  const visit = serveVisit(door, engine, { dataDir, stallMs: 200 });
  visit.catch(() => undefined);
  return { visitor, visit };
}
