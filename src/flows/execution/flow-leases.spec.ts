import type { PinoLogger } from 'nestjs-pino';
import { SystemClock } from '../../clock/clock.js';
import type { RunRow } from '../runs/flow-runs.repository.js';
import { FlowLeases } from './flow-leases.js';
import type { Claim } from './claimed-runs.js';
import type { FlowWorkRepository, HeldTime } from './flow-work.repository.js';

const SECONDS = 12;
const LOG = { warn: () => undefined } as unknown as PinoLogger;

function leasesOver(renew: (claims: readonly Claim[]) => Promise<HeldTime[]>): FlowLeases {
  const repository = { renew: (_owner: string, claims: readonly Claim[]) => renew(claims) };
  const options = { seconds: SECONDS, log: LOG };
  return new FlowLeases('me', repository as unknown as FlowWorkRepository, new SystemClock(), options);
}

const rowOf = (id: string, claims = 1): RunRow =>
  ({ id, claims, worked_ms: 0, worked_since: null }) as unknown as RunRow;
const away = (): Promise<never> => Promise.reject(new Error('the database is away'));

describe('the leases of flow runs', () => {
  it('take one that has ended at its word, while the database is in reach', () => {
    expect(leasesOver(away).inSight()).toBe(0);
  });

  it('give the others time to say that they live, after the database was away', async () => {
    const leases = leasesOver(away);
    leases.hold(rowOf('a'));
    expect(await leases.renew()).toBe(false);
    const first = leases.inSight();
    const second = leases.inSight();
    expect([first > 0, first <= (SECONDS * 1000) / 4, second > 0, second <= first]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('know a run as lost once the database says so, and not before', async () => {
    let isAway = true;
    const leases = leasesOver(() => (isAway ? away() : Promise.resolve([])));
    const held = leases.hold(rowOf('a'));
    await leases.renew();
    expect(held.isLost).toBe(false);
    isAway = false;
    await leases.renew();
    expect(held.isLost).toBe(true);
  });

  it('keep a run that came straight back under the next claim', async () => {
    const leases = leasesOver(() => Promise.resolve([]));
    const held = leases.hold(rowOf('a', 3));
    const renewal = leases.renew();
    expect([held.readopt(rowOf('a', 5)), held.readopt(rowOf('a', 4))]).toEqual([false, true]);
    await renewal;
    expect([held.isLost, held.claim.number]).toEqual([false, 4]);
  });
});
