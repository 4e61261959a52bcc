import { FairQueue } from './fair-queue.js';

describe('who waits for a place', () => {
  const queueOf = (places: number, items: readonly (readonly [string, number])[]) => {
    const queue = new FairQueue<string>(places);
    for (const [owner, n] of items) queue.add(owner, `${owner}${n}`);
    return queue;
  };

  it('takes turns with others, however much each brings', () => {
    const queue = queueOf(1, [
      ['a', 1],
      ['a', 2],
      ['a', 3],
      ['b', 1],
      ['b', 2],
    ]);
    const order: string[] = [];
    for (let next = queue.take(); next; next = queue.take()) {
      order.push(next.item);
      next.done();
    }
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('has all places but one at the most', () => {
    const queue = queueOf(3, [
      ['a', 1],
      ['a', 2],
      ['a', 3],
    ]);
    const [first, second] = [queue.take(), queue.take()];
    expect([first?.item, second?.item, queue.take()]).toEqual(['a1', 'a2', undefined]);
    queue.add('b', 'b1');
    expect(queue.take()?.item).toBe('b1');
    first?.done();
    expect(queue.take()?.item).toBe('a3');
  });

  it('has the only place there is', () => {
    expect(queueOf(1, [['a', 1]]).take()?.item).toBe('a1');
  });

  it('waits no longer when all are sent away', () => {
    const queue = queueOf(2, [
      ['a', 1],
      ['b', 1],
    ]);
    expect(queue.drain()).toEqual(['a1', 'b1']);
    expect(queue.take()).toBeUndefined();
  });
});
