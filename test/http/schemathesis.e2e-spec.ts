import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'clankerbot/schemathesis');
const CONFIG = join(import.meta.dirname, 'schemathesis.toml');
const KEY = 'the-admin-of-schemathesis';
/** So many that no limit is met. */
const MANY = '1000000';

/** Where scripts/install-schemathesis.sh has put it. */
const program = (existsSync(CACHE) ? readdirSync(CACHE) : [])
  .map((version) => join(CACHE, version, 'bin/schemathesis'))
  .find((path) => existsSync(path));
if (program === undefined) {
  if (process.env['CI'] === 'true') throw new Error('CI needs scripts/install-schemathesis.sh');
  process.stderr.write('Skipping schemathesis: run scripts/install-schemathesis.sh once.\n');
}

/** Once: the database is the service's own, whichever the suites run on. */
const isWanted = program !== undefined && process.env['TEST_DATABASE_URL'] === undefined;

(isWanted ? describe : describe.skip)('requests made from the OpenAPI document', () => {
  afterAll(stopAllServices);

  it('are answered as it says: what it allows is accepted, nothing else is, and nothing fails', async () => {
    const service = await startService({
      DATA_DIR: join(emptyDirectory(), 'db'),
      API_KEYS: `fuzz:admin:${KEY}`,
      RATE_LIMIT_PER_MINUTE: MANY,
      AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: MANY,
      PUBLIC_RATE_LIMIT_PER_MINUTE: MANY,
      LOG_LEVEL: 'info',
    });
    await service.untilReady();
    const args = ['--config-file', CONFIG, 'run', `${service.url}/openapi.json`, '--no-color'];
    const child = spawn(program as string, args, {
      cwd: emptyDirectory(),
      env: { PATH: process.env['PATH'], HOME: emptyDirectory(), SCHEMATHESIS_KEY: KEY },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (output += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, code === 0 ? '' : output]).toEqual([0, '']);
    // Until it was ready, /readyz said so with 503.
    const errors = service.logs().filter(({ level, path }) => level === 'error' && path !== '/readyz');
    expect(errors).toEqual([]);
    await service.stop();
  }, 300_000);
});
