import { Clock } from '../clock/clock.js';
import { CircuitBreaker } from './circuit-breaker.js';

class HandClock extends Clock {
  ms = 0;
  override nowMs(): number {
    return this.ms;
  }
}

describe('the circuit breaker', () => {
  let clock: HandClock;
  let breaker: CircuitBreaker;
  beforeEach(() => {
    clock = new HandClock();
    breaker = new CircuitBreaker(clock, { failures: 3, quietMs: 1000, openMs: 5000 });
  });

  function failFor(ms: number): void {
    for (let i = 0; i < 3; i++) {
      breaker.failed();
      clock.ms += ms / 2;
    }
  }

  it('opens after failures in a row without a success for a while', () => {
    failFor(2000);
    expect(breaker.waitMs()).toBeGreaterThan(0);
  });

  it('stays closed for a burst of failures, which happens under load without an outage', () => {
    failFor(0);
    failFor(0);
    expect(breaker.waitMs()).toBe(0);
  });

  it('forgets failures at the first success', () => {
    failFor(500);
    breaker.succeeded();
    failFor(500);
    expect(breaker.waitMs()).toBe(0);
  });

  it('lets one call through after the pause, and closes when that succeeds', () => {
    failFor(2000);
    clock.ms += 5000;
    expect(breaker.waitMs()).toBe(0);
    expect(breaker.waitMs()).toBe(5000);
    breaker.succeeded();
    expect([breaker.waitMs(), breaker.waitMs()]).toEqual([0, 0]);
  });

  it('stays open when that call fails', () => {
    failFor(2000);
    clock.ms += 5000;
    breaker.waitMs();
    breaker.failed();
    expect(breaker.waitMs()).toBe(5000);
  });
});
