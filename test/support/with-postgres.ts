import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startPostgres } from './postgres-server.ts';

/** `node test/support/with-postgres.ts COMMAND …`: runs it with TEST_DATABASE_URL naming a throw-away Postgres. */
const [command, ...args] = process.argv.slice(2);
if (!command) throw new Error('usage: with-postgres.ts COMMAND [ARGUMENT …]');

const given = process.env['TEST_DATABASE_URL'];
const server = given === undefined ? await startPostgres() : undefined;
const child = spawn(command, args, {
  stdio: 'inherit',
  env: { ...process.env, TEST_DATABASE_URL: given ?? server?.url },
});
const [code] = (await once(child, 'exit')) as [number | null];
await server?.destroy();
process.exit(code ?? 1);
