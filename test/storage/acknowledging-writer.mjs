// Writes rows as fast as it can and prints each id after its commit. Killed without warning by kill-while-writing.e2e-spec.ts.
import { PgliteEngine } from '../../dist/storage/pglite-engine.js';
import { PostgresEngine } from '../../dist/storage/postgres-engine.js';

const [, , target] = process.argv;
const engine = target.startsWith('postgres:')
  ? new PostgresEngine({ url: target, poolSize: 4, onError: () => undefined })
  : new PgliteEngine(target);
await engine.open();
await engine.pool.query('create table if not exists written (id int primary key, body text)');
const { rows } = await engine.pool.query('select coalesce(max(id), 0)::int as last from written');
let next = rows[0].last + 1;

async function write() {
  for (;;) {
    const id = next++;
    await engine.pool.query('insert into written values ($1, $2)', [id, 'x'.repeat(600)]);
    process.stdout.write(`${id}\n`);
  }
}
await Promise.all([write(), write(), write(), write()]);
