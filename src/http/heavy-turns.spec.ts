import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeavyTurns } from './heavy-turns.js';

describe('heavy pieces of work', () => {
  it('are done one after the other, with turns of the event loop for others in between', async () => {
    const turns = new HeavyTurns();
    const state = { others: 0, isOver: false };
    const seen: number[] = [];
    const piece = () => turns.take(() => seen.push(state.others));
    const pieces = Promise.all(Array.from({ length: 5 }, piece)).finally(() => (state.isOver = true));
    for (; !state.isOver; state.others++) await nextTurn();
    await pieces;
    expect(new Set(seen).size).toBe(5);
  });

  it('do not stop with one that fails', async () => {
    const turns = new HeavyTurns();
    const failing = turns.take(() => {
      throw new Error('broken');
    });
    const next = turns.take(() => 'done');
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });
});
