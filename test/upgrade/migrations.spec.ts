import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RootOperationNode,
} from 'kysely';
import type { Migration } from 'kysely/migration';
import { MIGRATIONS } from '../../src/storage/migrations.js';
import { takesAway } from './takes-away.js';

const FOLDER = join(import.meta.dirname, '../../src/storage/migrations');
const CONTRACT = /^\d{4}-contract-after-(\d{4})-[a-z0-9-]+$/;
const migrations = Object.entries(MIGRATIONS);

/** What a migration would send to the database. */
async function statementsOf({ up }: Migration): Promise<string[]> {
  const statements: string[] = [];
  class Recorder extends PostgresQueryCompiler {
    override compileQuery(node: RootOperationNode, id: Parameters<PostgresQueryCompiler['compileQuery']>[1]) {
      const query = super.compileQuery(node, id);
      statements.push(query.sql);
      return query;
    }
  }
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new Recorder(),
    },
  });
  await up(db);
  return statements;
}

describe('migrations', () => {
  it('are in order, and each says in its name whether it takes something away, and since when nobody uses it', () => {
    const names = migrations.map(([name]) => name);
    expect(names).toEqual([...names].sort());
    for (const name of names) {
      expect(name).toMatch(/^\d{4}-[a-z0-9-]+$/);
      if (!name.includes('contract')) continue;
      const after = CONTRACT.exec(name)?.[1];
      expect(names.filter((other) => other < name && other.startsWith(`${after}-`))).toHaveLength(1);
    }
  });

  it.each(migrations.filter(([name]) => !CONTRACT.test(name)))(
    '%s only adds, so that the release before goes on beside it, unless it is named a contract',
    async (_name, migration) => {
      const statements = await statementsOf(migration);
      expect(statements.length).toBeGreaterThan(0);
      expect(takesAway(statements)).toEqual([]);
    },
  );

  it('that were released are never edited: a database that has run them would differ from one that is new', () => {
    const list = readFileSync(join(import.meta.dirname, 'released-migrations.sha256'), 'utf8');
    const released = new Map(list.split('\n').map((line) => line.split(/\s+/).reverse() as [string, string]));
    released.delete('');
    const now = readdirSync(FOLDER)
      .filter((file) => released.has(file))
      .map((file): [string, string] => [
        file,
        createHash('sha256')
          .update(readFileSync(join(FOLDER, file)))
          .digest('hex'),
      ]);
    expect(released.size).toBeGreaterThan(0);
    expect(Object.fromEntries(now)).toEqual(Object.fromEntries(released));
  });
});

describe('what takes something away', () => {
  it.each([
    'alter table clankerbot.events drop column payload',
    'ALTER TABLE "clankerbot"."events" DROP "payload"',
    'drop table clankerbot.events',
    'drop index clankerbot.events_of_type',
    'alter table clankerbot.events rename column payload to body',
    'alter table clankerbot.events rename to deliveries',
    'alter table clankerbot.events alter column source type integer using 1',
    'alter table clankerbot.events alter column user_id set not null',
    'alter table clankerbot.events alter column source drop default',
    'alter table clankerbot.events add column tenant text not null',
    'alter table clankerbot.events add column a text, add b text not null',
    "alter table clankerbot.events add constraint few check (source <> 'x')",
    'create unique index events_once on clankerbot.events (subject_id)',
    'delete from clankerbot.events where source is null',
    'truncate clankerbot.events',
  ])('is noticed: %s', (statement) => {
    expect(takesAway([statement])).toEqual([statement]);
  });

  it.each([
    'create table clankerbot.tenants (id text primary key, name text not null unique)',
    'alter table clankerbot.events add column tenant text',
    "alter table clankerbot.events add column tenant text not null default 'one'",
    'alter table clankerbot.events add column a numeric(10, 2) not null default 0, add column b text',
    'create index events_of_tenant on clankerbot.events (tenant)',
    'alter table clankerbot.events alter column user_id drop not null',
    "insert into clankerbot.flow_latch (name, revision) values ('drop', 1)",
    "update clankerbot.events set tenant = 'rename to' where tenant is null",
  ])('is not seen where something is added: %s', (statement) => {
    expect(takesAway([statement])).toEqual([]);
  });

  it('does not count what the same migration has made', () => {
    const own = [
      'create table clankerbot.tenants (id text)',
      'create unique index t on clankerbot.tenants (id)',
    ];
    expect(takesAway(own)).toEqual([]);
  });
});
