import { DEFAULT_POLICY, retryDelaySeconds } from './queue-policy.js';

describe('the wait after a failed try', () => {
  const policy = { ...DEFAULT_POLICY, retryDelaySeconds: 2, retryDelayMaxSeconds: 60 };
  const waits = (attempts: number) =>
    Array.from({ length: 200 }, () => retryDelaySeconds(policy, attempts)).sort((a, b) => a - b);

  it.each([
    [1, 2],
    [2, 4],
    [3, 8],
    [6, 60],
    [5_000, 60],
  ])('after try %i is at most %i s, at least half of it, and not the same for all', (attempts, longest) => {
    const all = waits(attempts);
    expect(all[0]).toBeGreaterThanOrEqual(longest / 2);
    expect(all.at(-1)).toBeLessThanOrEqual(longest);
    expect(new Set(all).size).toBeGreaterThan(1);
  });

  it('is none where none is wanted', () => {
    expect(retryDelaySeconds({ ...policy, retryDelaySeconds: 0 }, 3)).toBe(0);
  });
});
