import { EventLook } from './event-look.js';

describe('a look for due events', () => {
  it('begins with everything, then near what was due first, and with everything again each second', () => {
    const look = new EventLook();
    expect(look.begin(5)).toBe(0);
    look.saw('250000');
    expect(look.begin(10)).toBe(240_000);
    look.saw(undefined);
    expect(look.begin(1_004)).toBe(240_000);
    expect(look.begin(1_005)).toBe(0);
    expect(look.begin(1_006)).toBe(240_000);
  });

  it('goes back when an earlier event is due again', () => {
    const look = new EventLook();
    look.begin(0);
    look.saw('250000');
    look.saw('90000');
    expect(look.begin(1)).toBe(80_000);
    look.saw('12');
    expect(look.begin(2)).toBe(0);
  });
});
