import { until } from '../../test/support/until.js';
import { WorkLoop, type WorkLoopOptions } from './work-loop.js';

const NEVER_MS = 1_000_000;

describe('a work loop', () => {
  const loops: WorkLoop[] = [];

  const start = (options: Partial<WorkLoopOptions> & Pick<WorkLoopOptions, 'work'>): WorkLoop => {
    const loop = new WorkLoop({ longestSleepMs: NEVER_MS, onFailure: () => undefined, ...options });
    loops.push(loop);
    loop.start();
    return loop;
  };

  afterEach(() => Promise.all(loops.splice(0).map((loop) => loop.stop())));

  it('goes on while there is more, and lets other things have their turn in between', async () => {
    let rounds = 0;
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (rounds < 5) setImmediate(turn);
    };
    turn();
    start({ work: async () => (++rounds < 5 ? 0 : undefined) });
    await until(() => rounds === 5);
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  it('sleeps until more is due', async () => {
    const startsMs: number[] = [];
    start({ work: async () => (startsMs.push(performance.now()) === 1 ? 30 : undefined) });
    await until(() => startsMs.length === 2);
    expect((startsMs[1] ?? 0) - (startsMs[0] ?? 0)).toBeGreaterThanOrEqual(29);
  });

  it('never sleeps longer than it may, so that a lost nudge is made up for', async () => {
    let rounds = 0;
    start({ longestSleepMs: 5, work: async () => (rounds++, undefined) });
    await until(() => rounds > 3);
    expect(rounds).toBeGreaterThan(3);
  });

  it('is woken by a nudge', async () => {
    let rounds = 0;
    const loop = start({ work: async () => (rounds++, undefined) });
    await until(() => rounds === 1);
    loop.nudge();
    await until(() => rounds === 2);
    expect(rounds).toBe(2);
  });

  it('does not sleep through a nudge that came while it worked', async () => {
    const round = Promise.withResolvers<void>();
    let rounds = 0;
    const loop = start({
      work: async () => {
        if (++rounds === 1) await round.promise;
        return undefined;
      },
    });
    loop.nudge();
    round.resolve();
    await until(() => rounds === 2);
    expect(rounds).toBe(2);
  });

  it('tries again after a failure, and tells of the first of a row only', async () => {
    const failures: unknown[] = [];
    let rounds = 0;
    const loop = start({
      onFailure: (error) => failures.push(error),
      work: async () => {
        if (++rounds < 3) throw new Error(`round ${rounds}`);
        return undefined;
      },
    });
    await until(() => failures.length === 1 && loop.isFailing);
    await until(() => rounds === 3 && !loop.isFailing);
    expect(failures).toEqual([new Error('round 1')]);
  });

  it('waits after a failure although it is nudged', async () => {
    const startsMs: number[] = [];
    const loop = start({
      work: async () => {
        if (startsMs.push(performance.now()) === 1) throw new Error('away');
        return undefined;
      },
    });
    await until(() => loop.isFailing);
    loop.nudge();
    await until(() => startsMs.length === 2);
    expect((startsMs[1] ?? 0) - (startsMs[0] ?? 0)).toBeGreaterThanOrEqual(249);
  });

  it('ends its sleep and begins nothing once it is stopped', async () => {
    let rounds = 0;
    const loop = start({ work: async () => (rounds++, undefined) });
    await until(() => rounds === 1);
    await loop.stop();
    loop.nudge();
    loop.start();
    expect(rounds).toBe(1);
  });

  it('waits for the round that is under way when it is stopped', async () => {
    const round = Promise.withResolvers<void>();
    let isOver = false;
    const loop = start({
      work: async () => {
        await round.promise;
        isOver = true;
        return 0;
      },
    });
    const stopped = loop.stop();
    round.resolve();
    await stopped;
    expect(isOver).toBe(true);
  });
});
