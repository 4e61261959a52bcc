import { until } from '../../../test/support/until.js';
import { EventLanes } from './event-lanes.js';

const noRest = async (): Promise<void> => undefined;

describe('lanes', () => {
  it('run no more at once than they may, and one after the other what is in one lane', async () => {
    const running = new Set<string>();
    const done: string[] = [];
    let most = 0;
    const lanes = new EventLanes<string>(3, {
      work: async (item) => {
        expect([...running].some((other) => other[0] === item[0])).toBe(false);
        running.add(item);
        most = Math.max(most, running.size);
        await new Promise((resolve) => setImmediate(resolve));
        running.delete(item);
        done.push(item);
        return true;
      },
      giveUp: noRest,
    });
    for (const lane of 'abcde') lanes.add([`${lane}1`, `${lane}2`], lane);
    lanes.add(['a3'], 'a');
    await until(() => done.length === 11);
    expect(most).toBe(3);
    expect(done.filter((item) => item.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  });

  it('give up what is behind one that did not let it follow, and what comes later waits for that', async () => {
    const log: string[] = [];
    const givenUp = Promise.withResolvers<void>();
    const lanes = new EventLanes<string>(3, {
      work: async (item) => {
        log.push(item);
        return item !== 'fails';
      },
      giveUp: async (rest) => {
        log.push(`without ${rest.join()}`);
        await givenUp.promise;
      },
    });
    lanes.add(['first', 'fails', 'second', 'third'], 'a');
    lanes.add(['again'], 'a');
    lanes.add(['other'], 'b');
    await until(() => log.includes('other') && log.includes('without second,third'));
    expect(log).not.toContain('again');
    givenUp.resolve();
    await until(() => log.includes('again'));
    expect(log).not.toContain('second');
  });

  it('let everybody else on the event loop have turns between pieces that wait for nothing', async () => {
    let done = 0;
    let turns = 0;
    const lanes = new EventLanes<number>(20, {
      work: async () => {
        const untilMs = performance.now() + 1;
        while (performance.now() < untilMs);
        done++;
        return true;
      },
      giveUp: noRest,
    });
    const turn = (): void => {
      turns++;
      if (done < 100) setImmediate(turn);
    };
    for (let n = 0; n < 100; n++) lanes.add([n], String(n));
    setImmediate(turn);
    await until(() => done === 100);
    expect(turns).toBeGreaterThan(15);
  });
});
