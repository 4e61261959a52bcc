import { Batcher } from './batcher.js';

describe('a batcher', () => {
  /** Writes that end when the test says so. */
  function slowWriter() {
    const batches: number[][] = [];
    const ends: PromiseWithResolvers<void>[] = [];
    const batcher = new Batcher<number, undefined>((items) => {
      batches.push([...items]);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise.then(() => items.map(() => undefined));
    });
    return { batches, ends, batcher };
  }

  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

  it('does what comes at the same moment in one call, and what is alone at once', async () => {
    const { batches, ends, batcher } = slowWriter();
    const first = [batcher.add(1), batcher.add(2)];
    await nextTurn();
    const second = batcher.add(3);
    await nextTurn();
    expect(batches).toEqual([[1, 2], [3]]);
    for (const { resolve } of ends) resolve();
    await Promise.all([...first, second]);
  });

  it('has at most two calls in flight, and gathers meanwhile', async () => {
    const { batches, ends, batcher } = slowWriter();
    const all: Promise<undefined>[] = [];
    for (let i = 0; i < 6; i++) {
      all.push(batcher.add(i));
      await nextTurn();
    }
    expect(batches).toEqual([[0], [1]]);
    ends[0]?.resolve();
    await all[0];
    await nextTurn();
    expect(batches).toEqual([[0], [1], [2, 3, 4, 5]]);
    for (const { resolve } of ends) resolve();
    await Promise.all(all);
  });

  it('tells each of a failed call, and goes on', async () => {
    const { ends, batcher } = slowWriter();
    const failed = [batcher.add(1), batcher.add(2)];
    const settled = Promise.allSettled(failed);
    await nextTurn();
    ends[0]?.reject(new Error('away'));
    expect((await settled).map((result) => result.status)).toEqual(['rejected', 'rejected']);
    const next = batcher.add(3);
    await nextTurn();
    ends[1]?.resolve();
    await expect(next).resolves.toBeUndefined();
  });

  it('splits more than 200', async () => {
    const { batches, ends, batcher } = slowWriter();
    const all = Array.from({ length: 450 }, (_, i) => batcher.add(i));
    for (let i = 0; i < 3; i++) {
      await nextTurn();
      await nextTurn();
      for (const { resolve } of ends) resolve();
    }
    await Promise.all(all);
    expect(batches.map((batch) => batch.length)).toEqual([200, 200, 50]);
  });
});
