// Loses its lock and then writes, which data-dir-lock.e2e-spec.ts looks for in vain.
import { DurableDirectory } from '../../dist/storage/durable-directory.js';
import { PgliteEngine } from '../../dist/storage/pglite-engine.js';

let isLost = false;
const endOnceLost = () => isLost && process.exit(3);
const [, , directory] = process.argv;
const engine = new PgliteEngine(
  directory,
  undefined,
  async (path) => new DurableDirectory(path, endOnceLost),
);
await engine.open();
await engine.pool.query('create table kept (id int)');
isLost = true;
await engine.pool.query('insert into kept values (1)');
