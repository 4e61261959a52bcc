import { hasRedis } from './redis-server.js';

const isInstalled = hasRedis();
if (!isInstalled) {
  if (process.env['CI'] === 'true')
    throw new Error('CI needs redis-server on the PATH (Debian: redis-server)');
  process.stderr.write('Skipping what needs Redis: there is no redis-server on the PATH.\n');
}

/** For what only a real Redis can show. Skipped where none is installed, except in CI, which must have one. */
export const describeOnRedis = isInstalled ? describe : describe.skip;
