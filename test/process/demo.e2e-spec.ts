import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../support/until.js';

const DEMO = join(import.meta.dirname, '../../scripts/demo.mjs');

describe('npm run demo', () => {
  const children: ChildProcess[] = [];
  afterAll(() => children.forEach((child) => child.kill('SIGKILL')));

  /** Without anything of our environment: the machine it is meant for has no credentials. */
  function start(...args: string[]): {
    child: ChildProcess;
    output: () => string;
    exited: Promise<unknown[]>;
  } {
    const child = spawn(process.execPath, [DEMO, ...args], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return { child, output: () => Buffer.concat(chunks).toString(), exited: once(child, 'close') };
  }

  it('walks through the pipeline, keeps serving when it is asked to, and ends well', async () => {
    const demo = start('--keep');
    const isUp = (): boolean => demo.output().includes('Both keep running') || demo.child.exitCode !== null;
    await until(isUp, { withinMs: 60_000, what: () => `the demo to be through:\n${demo.output()}` });
    expect(demo.output()).toContain('All answers were as expected.');
    expect(demo.output()).not.toContain('not the expected answer');
    for (const path of [
      '/healthz',
      '/actions/parse',
      '/actions/run',
      '/webhooks/clockify',
      '/actions/runs',
    ]) {
      expect(demo.output()).toContain(path);
    }
    const [, url] = /the service at (http:\S+)\./.exec(demo.output()) ?? [];
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    demo.child.kill('SIGTERM');
    expect(await demo.exited).toEqual([0, null]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  }, 90_000);
});
