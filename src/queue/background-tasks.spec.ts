import { setTimeout as delay } from 'node:timers/promises';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { PinoLogger } from 'nestjs-pino';
import { SystemClock } from '../clock/clock.js';
import { Metrics } from '../observability/metrics.js';
import type { DatabaseStartup } from '../storage/database-startup.js';
import { until } from '../../test/support/until.js';
import { BackgroundTasks } from './background-tasks.js';

type Role = 'all' | 'web' | 'worker';

function tasksOf(role: Role = 'all') {
  const ready = Promise.withResolvers<void>();
  const metrics = new Metrics();
  const warnings: object[] = [];
  const tasks = new BackgroundTasks(
    { PROCESS_ROLE: role },
    { whenReady: () => ready.promise } as DatabaseStartup,
    new SchedulerRegistry(),
    new SystemClock(),
    metrics,
    { warn: (line: object) => warnings.push(line) } as unknown as PinoLogger,
  );
  return { tasks, ready, metrics, warnings };
}

describe('background tasks', () => {
  it('run once the database is ready, again and again, one at a time', async () => {
    const { tasks, ready } = tasksOf();
    let [runs, running, most] = [0, 0, 0];
    tasks.add({
      name: 'count',
      everyMs: 1,
      async run() {
        most = Math.max(most, ++running);
        await delay(5);
        running--;
        runs++;
      },
    });
    await delay(20);
    expect(runs).toBe(0);
    ready.resolve();
    await until(() => runs >= 3);
    await tasks.beforeApplicationShutdown();
    expect(most).toBe(1);
  });

  it('go on after a failure, which is logged and counted', async () => {
    const { tasks, ready, metrics, warnings } = tasksOf();
    let runs = 0;
    tasks.add({
      name: 'sweep',
      everyMs: 1,
      async run() {
        if (++runs === 1) throw new Error('the disk is full');
      },
    });
    ready.resolve();
    await until(() => runs >= 2);
    await tasks.beforeApplicationShutdown();
    expect(warnings).toEqual([
      { err: expect.objectContaining({ message: 'the disk is full' }), task: 'sweep', next_in_seconds: 0 },
    ]);
    const text = await metrics.registry.metrics();
    expect(text).toContain('background_task_runs_total{task="sweep",result="failed"} 1');
    expect(text).toMatch(/background_task_last_success_timestamp_seconds\{task="sweep"\} 1\d{9}/);
  });

  it('are told to stop, and waited for', async () => {
    const { tasks, ready } = tasksOf();
    let ended = '';
    const started = Promise.withResolvers<void>();
    tasks.add({
      name: 'long',
      everyMs: 1,
      async run(signal) {
        started.resolve();
        await delay(60_000, undefined, { signal }).catch(() => (ended = 'aborted'));
        await delay(5);
        ended += ' and tidied up';
      },
    });
    ready.resolve();
    await started.promise;
    await tasks.beforeApplicationShutdown();
    expect(ended).toBe('aborted and tidied up');
  });

  it('do not begin any more once the service stops, nor in a process that only serves the web', async () => {
    const stopped = tasksOf();
    const web = tasksOf('web');
    const begun: string[] = [];
    for (const [name, { tasks }] of Object.entries({ stopped, web })) {
      tasks.add({ name, everyMs: 1, run: async () => begun.push(name) });
      tasks.whenWorking(() => begun.push(name));
    }
    await stopped.tasks.beforeApplicationShutdown();
    stopped.ready.resolve();
    web.ready.resolve();
    await delay(20);
    expect(begun).toEqual([]);
  });
});
