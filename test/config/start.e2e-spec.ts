import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
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

  it('says in one sentence that HOST is no address to listen on, and makes nobody a key', async () => {
    const service = await startService({ HOST: 'fe80::1', DATA_DIR: join(emptyDirectory(), 'data') });
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain('HOST is not an address of this machine');
    expect(service.output()).not.toContain('cbk_');
    expect(service.output()).not.toMatch(/^\s+at /m);
  });
});

describe('npm run config', () => {
  const PRINT = join(import.meta.dirname, '../../dist/commands/print-config.js');
  const run = (env: Record<string, string>): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [PRINT], { cwd: emptyDirectory(), env, encoding: 'utf8' });
  afterAll(stopAllServices);

  it('shows no password of a URL, nor what is set as a secret, wherever it stands', () => {
    const { stdout } = run({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:hunter-1@collector:4318',
      LLM_BASE_URL: 'https://user:hunter-2@model.example/v1',
      WEBHOOK_SHARED_SECRET: 'hunter-3',
      OTEL_SERVICE_NAME: 'named-hunter-3',
    });
    expect(stdout).toContain('LLM_BASE_URL=https://user:[redacted]@model.example/v1');
    expect(stdout).not.toContain('hunter');
  });

  it('lists mistakes without the password of a URL either', () => {
    const { status, stderr } = run({ LLM_BASE_URL: 'ftp://user:hunter-2@model.example/v1' });
    expect([status, stderr.includes('LLM_BASE_URL must be'), stderr.includes('hunter')]).toEqual([
      1,
      true,
      false,
    ]);
  });
});
