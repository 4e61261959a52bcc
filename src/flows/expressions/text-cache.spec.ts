import { TextCache } from './text-cache.js';

describe('what was made of texts', () => {
  it('is remembered as long as the texts are no longer together than they may be', () => {
    const cache = new TextCache<number>(1000);
    cache.set('a', 1);
    cache.set('b'.repeat(700), 2);
    expect([cache.get('a'), cache.get('b'.repeat(700))]).toEqual([1, 2]);
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'.repeat(700)), cache.get('c')]).toEqual([undefined, undefined, 3]);
  });

  it('is not kept for a text that is too long by itself', () => {
    const cache = new TextCache<number>(1000);
    cache.set('x'.repeat(901), 1);
    expect(cache.get('x'.repeat(901))).toBeUndefined();
    cache.set('x'.repeat(900), 1);
    expect(cache.get('x'.repeat(900))).toBe(1);
  });
});
