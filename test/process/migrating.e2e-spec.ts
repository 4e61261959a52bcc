import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createServiceDatabase } from '../support/database.js';
import { NODE_FLAGS } from '../support/service.js';

const MIGRATE = join(import.meta.dirname, '../../dist/commands/migrate.js');

describe('npm run migrate', () => {
  it('ends well and says nothing of errors, although it serves nobody', async () => {
    const { env, drop } = await createServiceDatabase();
    const { status, stdout } = spawnSync(process.execPath, [...NODE_FLAGS, MIGRATE], {
      env: { PATH: process.env['PATH'], LOG_JSON: 'true', ...env },
      encoding: 'utf8',
    });
    await drop();
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: string; message: string });
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(lines.at(-1)?.message).toBe('The database is up to date');
    expect(status).toBe(0);
  });
});
