import fc from 'fast-check';
import { InFlight } from './in-flight.js';
import { cases } from '../../test/support/properties.js';

describe('what is in flight', () => {
  it('is what has begun and not ended, in whatever order things end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (picks) => {
        const inFlight = new InFlight<number>();
        const open = new Map<number, () => void>();
        picks.forEach((pick, item) => {
          if (pick % 2 === 0) open.set(item, inFlight.begin(item));
          const [ended] = [...open].at(pick % (open.size || 1)) ?? [];
          if (pick % 3 === 0 && ended !== undefined) {
            open.get(ended)?.();
            open.delete(ended);
          }
        });
        expect(new Set(inFlight.items())).toEqual(new Set(open.keys()));
        expect(inFlight.items()).toHaveLength(open.size);
      }),
      cases(),
    );
  });
});
