import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServiceDatabase } from '../support/database.js';
import { until } from '../support/until.js';

const ROOT = join(import.meta.dirname, '../..');

interface Started {
  npm: ChildProcess;
  output: () => string;
  exited: Promise<unknown[]>;
}

describe('npm start', () => {
  const groups: number[] = [];
  const drops: (() => Promise<void>)[] = [];

  afterAll(async () => {
    for (const group of groups) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // All of it has ended, as it should.
      }
    }
    for (const drop of drops) await drop();
  });

  /** Without the build in front, which other tests would be in the middle of. In a process group of its own, as in a terminal. */
  async function start(env: Record<string, string> = {}): Promise<Started> {
    const database = await createServiceDatabase();
    drops.push(database.drop);
    const npm = spawn('npm', ['start', '--ignore-scripts'], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        LOG_JSON: 'true',
        PORT: '0',
        ...database.env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    if (npm.pid !== undefined) groups.push(npm.pid);
    const chunks: Buffer[] = [];
    for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return { npm, output: () => Buffer.concat(chunks).toString(), exited: once(npm, 'exit') };
  }

  async function startReady(): Promise<Started & { url: string }> {
    const started = await start();
    await until(() => started.output().includes('"message":"Ready"') || started.npm.exitCode !== null, {
      withinMs: 60_000,
      what: () => `the service to be ready:\n${started.output()}`,
    });
    return { ...started, url: /"url":"(http[^"]+)"/.exec(started.output())?.[1] ?? '' };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'passes %s on to the service, which stops in good order',
    async (signal) => {
      const { npm, output, exited, url } = await startReady();
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      npm.kill(signal);
      expect(await exited).toEqual([0, null]);
      expect(output()).toContain('"message":"Stopped"');
      await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
    },
    120_000,
  );

  it('stops in good order by Ctrl-C, which reaches the service twice', async () => {
    const { npm, output, exited } = await startReady();
    process.kill(-(npm.pid ?? NaN), 'SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(output()).toContain('"message":"Stopped"');
  }, 120_000);

  it('ends with the exit code of the service', async () => {
    const { exited, output } = await start({ PORT: 'none' });
    expect(await exited).toEqual([1, null]);
    expect(output()).toContain('PORT');
  }, 120_000);

  it.each(['dev', 'start', 'demo', 'sandbox', 'migrate', 'backup', 'restore', 'move-to-postgres'])(
    'has no shell between npm and what it starts: %s',
    (name) => {
      // A shell would take the signal for itself, and leave behind what it has started.
      const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      expect(scripts[name]).toMatch(/^exec \w/);
    },
  );
});
