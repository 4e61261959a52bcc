import type { Chart } from './chart.js';
import type { Part } from './sense.js';

/** A part of a sentence and the tokens that say it. */
export interface Placed {
  from: number;
  end: number;
  parts: readonly Part[];
}

export type Cover = readonly Placed[];

/** What has more ways to be read than this is clear to nobody. */
const MOST_COVERS = 400;

/** Every way to read a sentence as parts that stand beside each other, with nothing left over. */
export function coversOf(chart: Chart): readonly Cover[] {
  const { length } = chart.tokens;
  const covers: Cover[] = [];
  const reaches = endsThatReach(chart);
  const follow = (at: number, soFar: Cover): void => {
    if (at === length) covers.push(soFar);
    for (const { end, sense } of at === length ? [] : chart.readings('part', at)) {
      if (covers.length >= MOST_COVERS) return;
      if (sense.is === 'parts' && reaches[end])
        follow(end, [...soFar, { from: at, end, parts: sense.parts }]);
    }
  };
  if (reaches[0]) follow(0, []);
  return covers;
}

/** From which tokens on the rest can be read. */
function endsThatReach(chart: Chart): readonly boolean[] {
  const { length } = chart.tokens;
  const reaches = Array.from({ length: length + 1 }, (_, at) => at === length);
  for (let at = length - 1; at >= 0; at--)
    reaches[at] = chart.readings('part', at).some(({ end }) => reaches[end]);
  return reaches;
}

/** The tokens that are in no part at all. */
export function unreadIn(chart: Chart): readonly number[] {
  const read = new Set<number>();
  for (let at = 0; at < chart.tokens.length; at++)
    for (const { end } of chart.readings('part', at))
      for (let inside = at; inside < end; inside++) read.add(inside);
  return chart.tokens.map((_, at) => at).filter((at) => !read.has(at));
}
