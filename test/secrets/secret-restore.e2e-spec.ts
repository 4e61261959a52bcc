import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { KEY_FILE } from '../../src/storage/sealing-keys.js';
import { createEmptyPostgresDatabase, isOnPostgres } from '../support/database.js';
import {
  emptyDirectory,
  NODE_FLAGS,
  type Service,
  startService,
  stopAllServices,
} from '../support/service.js';

type Env = Record<string, string>;

/** Seven processes, one after the other. */
const PATIENCE_MS = 300_000;
const VALUE = 'the-value-in-the-backup';
const KEY = 'key-of-the-admin';
const OLD = { API_KEYS: `boss:admin:${KEY}`, ENCRYPTION_KEY: '0b'.repeat(32) };
const drops: (() => Promise<void>)[] = [];

async function emptyPlace(): Promise<Env> {
  if (!isOnPostgres) return { DATA_DIR: join(emptyDirectory(), 'data') };
  const { url, drop } = await createEmptyPostgresDatabase();
  drops.push(drop);
  return { DATABASE_URL: url };
}

async function run(command: string, file: string, env: Env): Promise<string> {
  const script = join(import.meta.dirname, `../../dist/commands/${command}.js`);
  const child = spawn(process.execPath, [...NODE_FLAGS, script, file], {
    cwd: emptyDirectory(),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  expect(await once(child, 'close')).toEqual([0, null]);
  return said;
}

async function ask(
  service: Service,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await fetch(service.url + path, {
    method,
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: Record<string, unknown> }).data;
}

const filesIn = (directory: string): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');

describe('a backup with secrets', () => {
  afterAll(async () => {
    await stopAllServices();
    for (const drop of drops) await drop();
  });

  const file = join(emptyDirectory(), 'clankerbot.backup.gz');

  it(
    'holds them sealed, and says when it is restored which of them no key opens',
    async () => {
      const place = await emptyPlace();
      const service = await startService({ ...place, ...OLD });
      await service.untilReady();
      await ask(service, 'PUT', '/secrets/github_token', { value: VALUE, allowedHosts: ['api.github.com'] });
      await service.stop();
      expect(await run('backup', file, { ...place, ...OLD })).not.toContain(VALUE);
      const text = gunzipSync(readFileSync(file)).toString();
      expect(text).toContain('github_token');
      expect(text).not.toContain(VALUE);

      expect(await run('restore', file, { ...(await emptyPlace()), ...OLD })).not.toContain('github_token');
      const rotated = { ENCRYPTION_KEY: '0c'.repeat(32), ENCRYPTION_KEY_PREVIOUS: OLD.ENCRYPTION_KEY };
      expect(await run('restore', file, { ...(await emptyPlace()), ...rotated })).not.toContain(
        'github_token',
      );
      const without = await emptyPlace();
      expect(await run('restore', file, without)).toMatch(
        /No key here opens the secrets github_token: .* ENCRYPTION_KEY/,
      );
      const restored = await startService({ ...without, API_KEYS: OLD.API_KEYS });
      await restored.untilReady();
      expect(await ask(restored, 'GET', '/secrets/github_token')).toMatchObject({ canBeOpened: false });
      await restored.stop();
      expect(restored.output()).toContain('Secrets were sealed with a key that is not here');
      expect(service.output() + restored.output()).not.toContain(VALUE);
    },
    PATIENCE_MS,
  );

  if (!isOnPostgres)
    it(
      'is not needed for a first secret: the embedded engine makes a key of its own, for its user alone',
      async () => {
        const DATA_DIR = join(emptyDirectory(), 'data');
        let service = await startService({ DATA_DIR, API_KEYS: OLD.API_KEYS });
        await service.untilReady();
        await ask(service, 'PUT', '/secrets/github_token', {
          value: VALUE,
          allowedHosts: ['api.github.com'],
        });
        await service.stop();
        expect(statSync(join(DATA_DIR, KEY_FILE)).mode & 0o777).toBe(0o600);
        expect(filesIn(DATA_DIR)).not.toContain(VALUE);
        service = await startService({ DATA_DIR, ...OLD });
        await service.untilReady();
        expect(await ask(service, 'GET', '/secrets/github_token')).toMatchObject({ canBeOpened: true });
        await service.stop();
        expect(service.output()).toContain('Secrets were sealed anew');
      },
      PATIENCE_MS,
    );
});
