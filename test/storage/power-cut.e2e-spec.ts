import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_FILE } from '../../src/storage/data-dir-lock.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { isOnPostgres } from '../support/database.js';
import { emptyDirectory, stopAllServices } from '../support/service.js';
import { ForgetfulDirectory } from './forgetful-directory.js';

// A server has its own tests of this.
const describeEmbedded = isOnPostgres ? describe.skip : describe;

const ROWS = 20;
const BUILT = join(import.meta.dirname, '../../dist/initial-database.tar.gz');
const initdb = async (): Promise<Blob | undefined> => undefined;
const initialDatabase = async (): Promise<Blob | undefined> => new Blob([readFileSync(BUILT)]);

describeEmbedded('the embedded Postgres, when the power goes', () => {
  afterAll(stopAllServices); // And the directories.
  it.each([
    ['while it fills its first tables', initdb, async () => undefined],
    ['after its first start unpacked what the build made', initialDatabase, async () => undefined],
    ['after a checkpoint', initialDatabase, async (engine: PgliteEngine) => engine.pool.query('checkpoint')],
    [
      'after tables came, went and were rewritten',
      initialDatabase,
      async (engine: PgliteEngine) => {
        await engine.pool.query('create table gone as select generate_series(1, 1000) i');
        await engine.pool.query('checkpoint');
        await engine.pool.query('drop table gone');
        await engine.pool.query('create index on kept (text)');
        await engine.pool.query('vacuum full kept');
      },
    ],
  ])(
    'has everything that was acknowledged, %s',
    async (_when, snapshot, meanwhile) => {
      const [dataDir, kept] = [join(emptyDirectory(), 'db'), join(emptyDirectory(), 'db')];
      const engine = new PgliteEngine(dataDir, snapshot, async (path) => new ForgetfulDirectory(path, kept));
      await engine.open();
      await engine.pool.query('create table kept (id int primary key, text text)');
      const insert = async (id: number): Promise<unknown> =>
        engine.pool.query('insert into kept values ($1, $2)', [id, `row ${id} ${'x'.repeat(500)}`]);
      for (let id = 0; id < ROWS; id++) await insert(id);
      await meanwhile(engine);
      for (let id = ROWS; id < 2 * ROWS; id++) await insert(id);
      await engine.pool.query('begin');
      await insert(1000);

      // What is not closed by then never gets to the disk.
      rmSync(join(kept, LOCK_FILE), { force: true });
      const after = new PgliteEngine(kept);
      await after.open();
      const { rows } = await after.pool.query('select id, text from kept order by id');
      expect(rows).toEqual(
        Array.from({ length: 2 * ROWS }, (_, id) => ({ id, text: `row ${id} ${'x'.repeat(500)}` })),
      );
      await after.pool.query('reindex table kept');
      await after.close();
      await engine.pool.query('rollback');
      await engine.close();
    },
    120_000,
  );
});
