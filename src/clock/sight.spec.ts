import { Sight } from './sight.js';

describe('sight of what all share', () => {
  it('lets a silence be judged at once while nothing was lost', () => {
    expect(new Sight(60_000).regain()).toBe(0);
  });

  it('gives the others their time after it was lost, counted from when it came back', () => {
    const sight = new Sight(60_000);
    sight.lose();
    const [first, second] = [sight.regain(), sight.regain()];
    expect(first).toBeGreaterThan(59_000);
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThanOrEqual(first);
  });

  it('gives it anew each time', () => {
    const sight = new Sight(0);
    sight.lose();
    expect(sight.regain()).toBe(0);
    const slow = new Sight(60_000);
    slow.lose();
    slow.regain();
    slow.lose();
    expect(slow.regain()).toBeGreaterThan(59_000);
  });
});
