import { CommitGatherer } from './commit-gatherer.js';

describe('gathering commits', () => {
  /** Writes that end when the test says so. */
  function slowWriter() {
    const batches: number[][] = [];
    const ends: PromiseWithResolvers<void>[] = [];
    const gatherer = new CommitGatherer<number>((items) => {
      batches.push([...items]);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    });
    return { batches, ends, gatherer };
  }

  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

  it('writes what comes at the same moment in one commit, and what is alone at once', async () => {
    const { batches, ends, gatherer } = slowWriter();
    const first = [gatherer.add(1), gatherer.add(2)];
    await nextTurn();
    const second = gatherer.add(3);
    await nextTurn();
    expect(batches).toEqual([[1, 2], [3]]);
    for (const { resolve } of ends) resolve();
    await Promise.all([...first, second]);
  });

  it('has at most two commits in flight, and gathers meanwhile', async () => {
    const { batches, ends, gatherer } = slowWriter();
    const all: Promise<void>[] = [];
    for (let i = 0; i < 6; i++) {
      all.push(gatherer.add(i));
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

  it('tells each of a failed commit, and goes on', async () => {
    const { ends, gatherer } = slowWriter();
    const failed = [gatherer.add(1), gatherer.add(2)];
    const settled = Promise.allSettled(failed);
    await nextTurn();
    ends[0]?.reject(new Error('away'));
    expect((await settled).map((result) => result.status)).toEqual(['rejected', 'rejected']);
    const next = gatherer.add(3);
    await nextTurn();
    ends[1]?.resolve();
    await expect(next).resolves.toBeUndefined();
  });

  it('splits more than 200', async () => {
    const { batches, ends, gatherer } = slowWriter();
    const all = Array.from({ length: 450 }, (_, i) => gatherer.add(i));
    for (let i = 0; i < 3; i++) {
      await nextTurn();
      await nextTurn();
      for (const { resolve } of ends) resolve();
    }
    await Promise.all(all);
    expect(batches.map((batch) => batch.length)).toEqual([200, 200, 50]);
  });
});
