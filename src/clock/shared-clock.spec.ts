import { MovedClock } from '../../test/support/moved-clock.js';
import { ClockWatch } from './clock-watch.js';
import { SharedClock } from './shared-clock.js';

const HOUR_MS = 3_600_000;
const AT_MS = Date.parse('2027-01-31T08:00:00Z');

/** A look that took as long as it says, and has just been answered. */
const reading = (saidMs: number, tookMs = 0) => {
  const receivedAtMs = performance.now();
  return { saidMs, sentAtMs: receivedAtMs - tookMs, receivedAtMs };
};

describe('the clock that all replicas share', () => {
  it('is the own one until the first reading, and the database clock from then on, however the own is set', () => {
    const own = new MovedClock();
    const shared = new SharedClock(own);
    own.offsetMs = HOUR_MS;
    expect(Math.abs(shared.nowMs() - own.nowMs())).toBeLessThan(1_000);
    shared.learn(reading(AT_MS));
    own.offsetMs = -HOUR_MS;
    expect(shared.nowMs() - AT_MS).toBeGreaterThanOrEqual(0);
    expect(shared.nowMs() - AT_MS).toBeLessThan(HOUR_MS / 2);
    expect(shared.ownAheadMs).toBeCloseTo(own.nowMs() - shared.nowMs(), -2);
  });

  it('tells by how much it was set, and takes no slow answer for that', () => {
    const shared = new SharedClock(new MovedClock());
    const steps: number[] = [];
    const stop = shared.onStep((stepMs) => steps.push(Math.round(stepMs / HOUR_MS)));
    shared.learn(reading(AT_MS));
    shared.learn(reading(AT_MS - 30_000, 60_000));
    expect(steps).toEqual([]);
    shared.learn(reading(AT_MS + HOUR_MS));
    shared.learn(reading(AT_MS));
    expect(steps).toEqual([1, -1]);
    stop();
    shared.learn(reading(AT_MS + HOUR_MS));
    expect(steps).toHaveLength(2);
  });
});

describe('the watch over the own clock', () => {
  it('tells each time it was set, there and back, and nothing else', () => {
    const own = new MovedClock();
    const watch = new ClockWatch(own);
    const steps: number[] = [];
    watch.onStep((stepMs) => steps.push(Math.round(stepMs / HOUR_MS)));
    watch.look();
    own.offsetMs = HOUR_MS;
    watch.look();
    watch.look();
    own.offsetMs = 0;
    watch.look();
    expect(steps).toEqual([1, -1]);
  });
});
