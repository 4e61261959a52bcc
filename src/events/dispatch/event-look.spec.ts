import { EventLook, type Seen } from './event-look.js';

const SPACE = { near: 500, most: 500 };
const NOTHING: Seen = {
  due: [],
  firstSeq: null,
  nearCount: 0,
  lastSubject: null,
  walked: 0,
  lastAlone: null,
  rested: 0,
  freeInMs: null,
};

/** A look as the dispatcher makes it: where it began, and for how long there is nothing to do after it. */
function take(look: EventLook, nowMs: number, seen: Partial<Seen> = {}) {
  const at = look.begin(nowMs, SPACE);
  look.saw(at, { ...NOTHING, ...seen }, nowMs);
  return { ...at, restMs: look.restMs };
}

describe('a look for events whose turn it is', () => {
  it('sees everything first, then what came last, and everything again each second', () => {
    const look = new EventLook();
    expect(take(look, 0)).toMatchObject({ fromSeq: '0', walk: 500 });
    expect(take(look, 10, { firstSeq: '250000', nearCount: 1 })).toMatchObject({ walk: 0 });
    expect(take(look, 999)).toMatchObject({ fromSeq: '240000', walk: 0 });
    expect(take(look, 1_000)).toMatchObject({ fromSeq: '240000', walk: 500 });
    expect(take(look, 1_001)).toMatchObject({ walk: 0 });
  });

  it('goes back when an earlier event is there again', () => {
    const look = new EventLook();
    take(look, 0, { firstSeq: '250000' });
    take(look, 1, { firstSeq: '90000' });
    expect(take(look, 2, { firstSeq: '12' }).fromSeq).toBe('80000');
    expect(take(look, 3).fromSeq).toBe('0');
  });

  it('walks on at once where a long queue is in its way, step by step through all that waits, and then rests', () => {
    const look = new EventLook();
    take(look, 0);
    expect(take(look, 1, { nearCount: 500 })).toMatchObject({ walk: 0, restMs: 0 });
    const first = take(look, 2, { nearCount: 500, walked: 500, lastSubject: 'h', rested: 3, lastAlone: '7' });
    expect(first).toMatchObject({ walk: 500, afterSubject: '', afterAlone: '0', restMs: 0 });
    const second = take(look, 3, { nearCount: 500, walked: 20, lastSubject: 'p', freeInMs: 50 });
    expect(second).toMatchObject({ afterSubject: 'h', afterAlone: '7', restMs: 1_000 });
    expect(take(look, 1_003)).toMatchObject({ afterSubject: '', afterAlone: '0' });
  });

  it('does not walk again past subjects while it is not through with events about nothing', () => {
    const look = new EventLook();
    take(look, 0, { walked: 20, lastSubject: 'p', rested: 500, lastAlone: '900' });
    expect(take(look, 1).afterSubject > 'z').toBe(true);
  });

  it('rests until the first of all that waits may be had, and not a millisecond less', () => {
    const look = new EventLook();
    expect(take(look, 0, { freeInMs: 1_234.2 }).restMs).toBe(1_236);
    expect(take(look, 1_300, { freeInMs: 0.01 }).restMs).toBe(2);
    expect(take(look, 2_400).restMs).toBeUndefined();
  });

  it('does not rest for long before it has seen everything', () => {
    const look = new EventLook();
    take(look, 0);
    expect(take(look, 500)).toMatchObject({ walk: 0, restMs: 1_000 });
    expect(take(look, 1_500)).toMatchObject({ walk: 500, restMs: undefined });
  });
});
