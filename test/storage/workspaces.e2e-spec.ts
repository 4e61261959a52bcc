import { setTimeout as delay } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import type { PoolClient } from 'pg';
import { Batcher } from '../../src/storage/batcher.js';
import { createDatabase, type Database, type Tables } from '../../src/storage/database.js';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { Statements } from '../../src/storage/statements.js';
import { asWorkspace, currentWorkspace, outsideWorkspace } from '../../src/storage/workspace.js';
import {
  createPostgresDatabase,
  describeOnPostgres,
  isOnPostgres,
  openTestDatabase,
} from '../support/database.js';
import { until } from '../support/until.js';
import { fillWorkspaces, insertOf, WORKSPACE_ROWS } from '../support/workspace-rows.js';

const A = `ws-a'"\\`;
const B = 'ws-b';
const POOL_SIZE = 2;
const TABLES = Object.keys(WORKSPACE_ROWS);
const WITH_COLUMN = TABLES.filter((table) => 'workspace_id' in (WORKSPACE_ROWS[table]?.(A) ?? {}));

let engine: DatabaseEngine;
let db: Database;
let statements: Statements;
let close: () => Promise<void>;

beforeAll(async () => {
  const opened = await open();
  ({ engine, close } = opened);
  db = createDatabase(engine);
  statements = new Statements(engine);
});
afterAll(() => close());

async function open(): Promise<{ engine: DatabaseEngine; close: () => Promise<void> }> {
  if (!isOnPostgres) return openTestDatabase();
  const { url, drop } = await createPostgresDatabase();
  const own = new PostgresEngine({ url, poolSize: POOL_SIZE, onError: () => undefined });
  return { engine: own, close: () => own.close().then(drop) };
}

async function refill(): Promise<void> {
  await engine.pool.query(`truncate ${TABLES.map((table) => `clankerbot.${table}`).join(', ')} cascade`);
  await fillWorkspaces(engine, [A, B]);
}

/** Whose a table's rows are, as the service sees them. */
async function ownersIn(table: string, ask = (text: string) => engine.pool.query(text)): Promise<string[]> {
  const { rows } = await ask(`select row_to_json(t)::text as row from clankerbot.${table} t`);
  return (rows as { row: string }[]).map(({ row }) => (row.includes(B) ? B : A)).sort();
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (error: unknown) => (error as { code?: unknown }).code ?? (error as Error).message,
  );

/** Asks every connection of the pool whether it is as it came: the service's own, in no transaction, for no workspace. */
async function leftOnConnections(): Promise<unknown[]> {
  const clients: PoolClient[] = [];
  for (let i = 0; i < (isOnPostgres ? POOL_SIZE : 1); i++) clients.push(await engine.pool.connect());
  const left: unknown[] = [];
  for (const client of clients) {
    const ask = async () =>
      (
        await client.query(`select current_user <> session_user as "hasRole", txid_current()::text as transaction,
          coalesce(current_setting('clankerbot.workspace', true), '') as workspace`)
      ).rows[0] as { hasRole: boolean; workspace: string; transaction: string };
    const [first, second] = [await ask(), await ask()];
    if (first.hasRole || first.workspace !== '' || first.transaction === second.transaction) left.push(first);
  }
  for (const client of clients) client.release();
  return left;
}

describe('inside a workspace, of another one', () => {
  beforeAll(refill);

  it.each(TABLES)('nothing of %s is seen', async (table) => {
    expect(await ownersIn(table)).toEqual([A, B].sort());
    const seen = await asWorkspace(A, async () => {
      const byKysely = await db
        .selectFrom(table as keyof Tables)
        .selectAll()
        .execute();
      expect(byKysely).toHaveLength(1);
      expect(JSON.stringify(byKysely)).not.toContain(B);
      return ownersIn(table, (text) => statements.query(text));
    });
    expect(seen).toEqual([A]);
    expect(await asWorkspace(A, () => ownersIn(table, (text) => statements.afresh({ text })))).toEqual([A]);
    const inTransaction = (trx: Transaction<Tables>) =>
      ownersIn(table, async (text) => (await sql.raw(text).execute(trx)) as never);
    expect(await asWorkspace(A, () => db.transaction().execute(inTransaction))).toEqual([A]);
    expect(await asWorkspace(B, () => db.transaction().execute(inTransaction))).toEqual([B]);
  });

  it.each(TABLES)('nothing of %s is seen by a cursor', async (table) => {
    const read = async (trx: Transaction<Tables>): Promise<string> => {
      await sql
        .raw(`declare c no scroll cursor for select t::text as row from clankerbot.${table} t`)
        .execute(trx);
      return JSON.stringify((await sql`fetch all from c`.execute(trx)).rows);
    };
    const rows = await asWorkspace(B, () => db.transaction().execute(read));
    expect(JSON.parse(rows)).toHaveLength(1);
    expect(rows).not.toContain('ws-a');
  });

  it.each(TABLES)('nothing is put into %s', async (table) => {
    const row = JSON.stringify(WORKSPACE_ROWS[table]?.(B));
    expect(await codeOf(asWorkspace(A, () => statements.query(insertOf(table), [row])))).toBe('42501');
    expect(await ownersIn(table)).toEqual([A, B].sort());
  });

  it.each(WITH_COLUMN)('no row of %s becomes one', async (table) => {
    const give = sql`update ${sql.table(`clankerbot.${table}`)} set workspace_id = ${B}`;
    expect(await codeOf(asWorkspace(A, () => give.execute(db)))).toBe('42501');
    const lose = `update clankerbot.${table} set workspace_id = null`;
    expect(await codeOf(asWorkspace(A, () => statements.query(lose)))).toBe('42501');
    expect(await ownersIn(table)).toEqual([A, B].sort());
  });

  it.each(TABLES.toReversed())('nothing of %s is changed or deleted', async (table) => {
    const before = await ownersIn(table);
    const [column] = Object.keys(WORKSPACE_ROWS[table]?.(A) ?? {});
    const changed = await asWorkspace(A, () =>
      statements.query(`update clankerbot.${table} set ${column} = ${column}`),
    );
    expect(changed.rowCount).toBe(1);
    const kysely = await asWorkspace(A, () => db.deleteFrom(table as keyof Tables).executeTakeFirst());
    expect(kysely.numDeletedRows).toBe(1n);
    expect((await asWorkspace(A, () => statements.query(`delete from clankerbot.${table}`))).rowCount).toBe(
      0,
    );
    expect(await ownersIn(table)).toEqual(before.filter((owner) => owner === B));
  });

  it.each(['api_keys', 'secrets', 'request_budgets', 'migration'])(
    'nobody gets at %s, which is of the whole service',
    async (table) => {
      const ask = () => statements.query(`select 1 from clankerbot.${table}`);
      expect(await codeOf(asWorkspace(A, ask))).toBe('42501');
    },
  );

  it.each(WITH_COLUMN)('rows of nobody in %s are not seen either', async (table) => {
    await refill();
    const forget = `update clankerbot.${table} set workspace_id = null`;
    const code = await codeOf(engine.pool.query(forget));
    expect(['nothing', '23502']).toContain(code);
    if (code !== 'nothing') return; // It has no such rows.
    const count = () => statements.query(`select 1 from clankerbot.${table}`);
    expect((await asWorkspace(A, count)).rowCount).toBe(0);
    await engine.pool.query(`update clankerbot.${table} set workspace_id = ''`);
    expect((await asWorkspace(A, count)).rowCount).toBe(0);
  });
});

describe('what a workspace makes', () => {
  beforeEach(refill);

  it('is its own without being told so', async () => {
    await asWorkspace(A, () =>
      db
        .insertInto('schedule_answers')
        .values({ key: 'k', fingerprint: 'f', created_at: new Date() })
        .execute(),
    );
    const { rows } = await engine.pool.query(
      `select workspace_id from clankerbot.schedule_answers where key = 'k'`,
    );
    expect(rows).toEqual([{ workspace_id: A }]);
  });

  it('is committed statement by statement, and together in a transaction', async () => {
    const make = (key: string, by: Pick<Database, 'insertInto'> = db) =>
      by.insertInto('schedule_answers').values({ key, fingerprint: 'f', created_at: new Date() }).execute();
    const work = asWorkspace(A, async () => {
      await make('kept');
      await db.transaction().execute(async (trx) => {
        await make('first', trx);
        await make('second', trx);
      });
      await db.transaction().execute(async (trx) => {
        await make('not kept', trx);
        throw new Error('changed my mind');
      });
    });
    await expect(work).rejects.toThrow('changed my mind');
    const { rows } = await engine.pool.query(
      `select key from clankerbot.schedule_answers where workspace_id = $1 and key not like 'ws%' order by 1`,
      [A],
    );
    expect(rows).toEqual([{ key: 'first' }, { key: 'kept' }, { key: 'second' }]);
    expect(await leftOnConnections()).toEqual([]);
  });
});

describe('the work of a workspace', () => {
  beforeAll(refill);

  const seen = async () => [...new Set(await ownersIn('events', (text) => statements.query(text)))];

  it('is not that of another one within it, and the same one within it changes nothing', async () => {
    await expect(asWorkspace(A, () => asWorkspace(B, seen))).rejects.toThrow('does not work for another');
    expect(await asWorkspace(A, () => asWorkspace(A, seen))).toEqual([A]);
  });

  it.each(['', 'a\0b'])('has a name: not %j', async (name) => {
    await expect(asWorkspace(name, seen)).rejects.toThrow('no id of a workspace');
  });

  it('does not begin in a transaction of the service, which it would have to share', async () => {
    const work = db.transaction().execute(() => asWorkspace(A, seen));
    await expect(work).rejects.toThrow('inside of a transaction');
  });

  it('is left for what many share, and for a batch, whoever began it', async () => {
    expect(await asWorkspace(A, () => outsideWorkspace(seen))).toEqual([A, B]);
    const batcher = new Batcher<null, string | undefined>(async (items) =>
      items.map(() => currentWorkspace()),
    );
    expect(await asWorkspace(A, () => batcher.add(null))).toBeUndefined();
  });

  it('is over for what comes after it, and goes on in what it began', async () => {
    const { later } = await asWorkspace(A, async () => ({ later: delay(5).then(seen) }));
    expect(await seen()).toEqual([A, B]);
    expect(await later).toEqual([A]);
  });

  it('does nothing that only the service does', async () => {
    await expect(asWorkspace(A, () => statements.script('select 1'))).rejects.toThrow('for one workspace');
    const ask = async () => statements.queryUntil(new Promise<never>(() => undefined), () => ({ text: '' }));
    await expect(asWorkspace(A, ask)).rejects.toThrow('for one workspace');
  });
});

describe('a fault in the work of a workspace leaves nothing behind', () => {
  beforeAll(refill);
  afterEach(async () => {
    expect(await leftOnConnections()).toEqual([]);
    expect(await asWorkspace(B, () => ownersIn('events', (text) => statements.query(text)))).toEqual([B]);
  });

  const fail = 'select 1 / (count(*) - count(*)) from clankerbot.events';

  it('when its statement fails', async () => {
    expect(await codeOf(asWorkspace(A, () => statements.query(fail)))).toBe('22012');
    expect(await codeOf(asWorkspace(A, () => statements.afresh({ text: fail })))).toBe('22012');
    expect(await codeOf(asWorkspace(A, () => sql.raw(fail).execute(db)))).toBe('22012');
  });

  it('when it throws between its statements', async () => {
    const work = asWorkspace(A, async () => {
      await statements.query('select 1');
      throw new Error('thrown');
    });
    expect(await codeOf(work)).toBe('thrown');
    const inTransaction = asWorkspace(A, () =>
      db.transaction().execute(async (trx) => {
        await sql`select 1`.execute(trx);
        throw new Error('thrown');
      }),
    );
    expect(await codeOf(inTransaction)).toBe('thrown');
  });

  it('when its transaction was aborted, and it goes on as if it was not', async () => {
    const work = asWorkspace(A, () =>
      db.transaction().execute(async (trx) => {
        await sql
          .raw(fail)
          .execute(trx)
          .catch(() => undefined);
      }),
    );
    expect(await codeOf(work)).not.toBe('nothing');
  });

  it('when many of its statements fail at the same time as others succeed', async () => {
    const works = Array.from({ length: 40 }, (_, i) =>
      asWorkspace(i % 2 === 0 ? A : B, async () => {
        if (i % 3 === 0) return codeOf(statements.query(fail));
        return ownersIn('events', (text) => statements.query(text));
      }),
    );
    for (const [i, result] of (await Promise.all(works)).entries())
      expect(result).toEqual(i % 3 === 0 ? '22012' : [i % 2 === 0 ? A : B]);
  });

  it('when rows are not guarded from it any more: then it is refused, and sees nothing', async () => {
    await engine.pool.query('alter table clankerbot.events disable row level security');
    try {
      expect(await codeOf(asWorkspace(A, () => statements.query('select 1')))).toBe('unavailable');
      expect(await codeOf(asWorkspace(A, () => sql`select 1`.execute(db)))).toBe('unavailable');
      const begin = () => db.transaction().execute((trx) => sql`select 1`.execute(trx));
      expect(await codeOf(asWorkspace(A, begin))).toBe('unavailable');
      expect(await leftOnConnections()).toEqual([]);
    } finally {
      await engine.pool.query('alter table clankerbot.events enable row level security');
    }
  });
});

describeOnPostgres('a connection of a workspace', () => {
  beforeAll(refill);
  afterEach(async () => {
    expect(await leftOnConnections()).toEqual([]);
  });

  const sleep = 'select pg_sleep(30) /* of a workspace */';
  const endIt = (how: string) =>
    until(
      async () => {
        const { rows } = await engine.pool.query<{ ended: number }>(
          `select count(${how}(pid))::int as ended from pg_stat_activity
           where query like '%/* of a workspace */' and state = 'active' and pid <> pg_backend_pid()`,
        );
        return rows[0]?.ended === 1;
      },
      { what: 'the statement to be under way' },
    );
  const ways: [string, () => Promise<unknown>][] = [
    ['of Kysely', () => sql.raw(sleep).execute(db)],
    ['that is written out', () => statements.query(sleep)],
    ['in a transaction', () => db.transaction().execute((trx) => sql.raw(sleep).execute(trx))],
  ];

  it.each(ways)('is as it was when a statement %s is cancelled', async (_name, ask) => {
    const answer = codeOf(asWorkspace(A, ask));
    await endIt('pg_cancel_backend');
    expect(await answer).toBe('57014');
  });

  it.each(ways)('does not come back when it is killed under a statement %s', async (_name, ask) => {
    const answer = codeOf(asWorkspace(A, ask));
    await endIt('pg_terminate_backend');
    expect(await answer).toMatch(/57P01|Connection terminated/);
  });
});

describe('two workspaces and the service on as few connections as there can be', () => {
  beforeAll(refill);

  it('see their own at the same time, each time', async () => {
    const ways = [
      (table: string) => ownersIn(table, (text) => statements.query(text)),
      (table: string) => ownersIn(table, async (text) => (await sql.raw(text).execute(db)) as never),
      (table: string) =>
        db
          .transaction()
          .execute((trx) => ownersIn(table, async (text) => (await sql.raw(text).execute(trx)) as never)),
    ];
    const works = Array.from({ length: 360 }, async (_, i) => {
      const way = ways[i % ways.length]!;
      const table = TABLES[i % TABLES.length]!;
      const whose = [A, B, undefined][Math.floor(i / 3) % 3];
      const seen = whose === undefined ? await way(table) : await asWorkspace(whose, () => way(table));
      return [seen, whose === undefined ? [A, B] : [whose]];
    });
    for (const [seen, expected] of await Promise.all(works)) expect(seen).toEqual(expected);
    expect(await leftOnConnections()).toEqual([]);
  });
});
