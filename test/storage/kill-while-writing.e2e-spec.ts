import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DatabaseEngine } from '../../src/storage/database-engine.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { PostgresEngine } from '../../src/storage/postgres-engine.js';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
import { emptyDirectory, stopAllServices } from '../support/service.js';

const WRITER = join(import.meta.dirname, 'acknowledging-writer.mjs');
const ROUNDS = 4;
/** Each waits for the disk, which a busy machine may take long for. */
const ROWS = 40;

/** Runs the writer, kills it without warning once it has acknowledged enough, and answers what it acknowledged. */
async function writeUntilKilled(target: string, atLeast: number): Promise<number[]> {
  const child = spawn(process.execPath, [WRITER, target], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.split('\n').length > atLeast) child.kill('SIGKILL');
  });
  await once(child, 'close');
  // The last line may be cut off: only a whole line is an acknowledgement.
  return text.slice(0, text.lastIndexOf('\n')).split('\n').map(Number);
}

async function storedIds(engine: DatabaseEngine): Promise<Set<number>> {
  await engine.open();
  const { rows } = await engine.pool.query<{ id: number }>('select id from written');
  await engine.close();
  return new Set(rows.map((row) => row.id));
}

describe('kill -9 while writing', () => {
  afterAll(stopAllServices);

  it('loses nothing that was acknowledged, and the next start takes over the lock', async () => {
    const database = isOnPostgres ? await createEmptyPostgresDatabase() : undefined;
    const target = database?.url ?? join(emptyDirectory(), 'data');
    const acknowledged: number[] = [];
    for (let round = 1; round <= ROUNDS; round++)
      acknowledged.push(...(await writeUntilKilled(target, round * ROWS)));
    const stored = await storedIds(
      database
        ? new PostgresEngine({ url: target, poolSize: 2, onError: () => undefined })
        : new PgliteEngine(target),
    );
    expect(acknowledged.length).toBeGreaterThan(ROUNDS * ROWS);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    await database?.drop();
  }, 120_000);
});
