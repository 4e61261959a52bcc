import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = join(import.meta.dirname, '../../src');

/** What takes the pool itself carries no workspace; so do connections and transactions that Kysely does not see the end of. */
const WAYS_AROUND: Readonly<Record<string, RegExp>> = {
  pool: /\.pool\b|\{[^{}]*\bpool\b[^{}]*\}\s*(?::\s*\w+\s*)?=|\[['"]pool['"]\]/,
  afresh: /\bengine\.(afresh|withoutTimeLimit)\b/,
  connection: /\.connection\(\)|\.startTransaction\(/,
};

/** Storage is the way in, commands have no workspace, and the metrics of the pool are about the pool. */
const MAY = /^(storage|commands)\/|^health\/pool-metrics\.ts$/;

function waysAround(path: string, text: string): string[] {
  if (MAY.test(path) || path.endsWith('.spec.ts')) return [];
  return Object.entries(WAYS_AROUND).flatMap(([name, pattern]) =>
    pattern.test(text) ? [`${path}: ${name}`] : [],
  );
}

describe('the one way in for queries', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );

  it('is taken by every room', () => {
    expect(files.length).toBeGreaterThan(300);
    const found = files.flatMap((path) => waysAround(path, readFileSync(join(SOURCES, path), 'utf8')));
    expect(found).toEqual([]);
  });

  it.each([
    ['pool', 'await this.engine.pool.query(SQL);'],
    ['pool', 'const { pool } = this.engine;'],
    ['pool', 'const { kind, pool }: DatabaseEngine = engine;'],
    ['pool', `const own = engine['pool'];`],
    ['afresh', 'await this.engine.afresh((client) => client.query(SQL));'],
    ['afresh', 'await engine.withoutTimeLimit(work);'],
    ['connection', 'await this.db.connection().execute(work);'],
    ['connection', 'const transaction = await db.startTransaction().execute();'],
  ])('is missed by a way around it (%s): %s', (name, line) => {
    expect(waysAround('flows/planted.ts', `class Planted {\n${line}\n}`)).toEqual([
      `flows/planted.ts: ${name}`,
    ]);
  });

  it('is not missed by those that have no workspace, nor by words that only sound like it', () => {
    expect(waysAround('commands/planted.ts', 'engine.pool.query(SQL)')).toEqual([]);
    expect(waysAround('health/pool-metrics.ts', 'engine.pool.totalCount')).toEqual([]);
    expect(waysAround('flows/planted.ts', 'statements.query(SQL); const poolSize = 1;')).toEqual([]);
  });
});
