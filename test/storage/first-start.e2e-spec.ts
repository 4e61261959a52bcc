import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isOnPostgres } from '../support/database.js';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';

// On a server a first start makes no files.
const describeEmbedded = isOnPostgres ? describe.skip : describe;

/** Spread over what the first start does with the directory. */
const KILLED_AFTER_MS = [100, 300, 500, 800];

describeEmbedded('the very first start', () => {
  afterAll(stopAllServices);

  it('unpacks what the build made, whose last file says that it is whole', async () => {
    const file = join(import.meta.dirname, '../../dist/initial-database.tar.gz');
    const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8', stdio: 'pipe' }).trim().split('\n');
    expect(names.length).toBeGreaterThan(900);
    expect(names.at(-1)).toBe('/PG_VERSION');
    expect(names).not.toContain('/postmaster.pid');
  });

  it('may be cut off anywhere: the next one works', async () => {
    const killed: number[] = [];
    for (const afterMs of KILLED_AFTER_MS) {
      const env = { DATA_DIR: join(emptyDirectory(), 'db') };
      const first = await startService(env);
      await delay(afterMs);
      killed.push(first.output().includes('"Database ready"') ? 0 : 1);
      await first.stop('SIGKILL');
      const second = await startService(env);
      await second.untilReady(60_000);
      expect((await fetch(`${second.url}/events`)).status).toBe(200);
      expect(await second.stop()).toBe(0);
    }
    expect(killed).toContain(1);
  }, 240_000);
});
