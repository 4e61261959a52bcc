import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyDirectory, startService, stopAllServices } from '../support/service.js';

describe('a start with a wrong configuration', () => {
  afterAll(stopAllServices);

  it('lists every mistake, shows no stack, and exits with 1', async () => {
    const service = await startService({
      LOG_LEVEL: 'loud',
      MAX_REQUEST_SIZE_MB: 'many',
      TRUST_PROXY: 'true',
    });
    expect(await service.exited).toBe(1);
    const output = service.output();
    expect(output).toMatch(/3 mistakes/);
    for (const name of ['LOG_LEVEL', 'MAX_REQUEST_SIZE_MB', 'TRUST_PROXY']) expect(output).toContain(name);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('reads .env from the directory it is started in', async () => {
    const cwd = emptyDirectory();
    writeFileSync(join(cwd, '.env'), 'LOG_LEVEL=noisy\n');
    const service = await startService({}, { cwd });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain('LOG_LEVEL must be one of');
  });

  it('says in one sentence that HOST is no address to listen on', async () => {
    const service = await startService({ HOST: 'fe80::1', DATA_DIR: join(emptyDirectory(), 'data') });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain('HOST is not an address of this machine');
    expect(service.output()).not.toMatch(/^\s+at /m);
  });
});
