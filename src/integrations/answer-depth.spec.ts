import { isTooDeep, MOST_ANSWER_LEVELS } from './answer-depth.js';

const lists = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
const objects = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

describe('the depth of an answer', () => {
  it.each([lists, objects])('is fine up to the limit, and too much one level further', (nested) => {
    expect(isTooDeep(nested(MOST_ANSWER_LEVELS))).toBe(false);
    expect(isTooDeep(nested(MOST_ANSWER_LEVELS + 1))).toBe(true);
  });

  it('is told of an answer that no stack could hold', () => {
    expect(isTooDeep(objects(500_000))).toBe(true);
    expect(isTooDeep([1, 'a', null, { list: [objects(100)] }])).toBe(true);
  });

  it.each([undefined, null, 1, 'text', [], {}, [[], {}]])('is fine for %j', (value) => {
    expect(isTooDeep(value)).toBe(false);
  });
});
