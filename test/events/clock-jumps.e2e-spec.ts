import { Clock } from '../../src/clock/clock.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { EventInbox } from '../../src/events/inbox/event-inbox.js';
import { startTestApp } from '../support/app.js';
import { aDelivery } from '../support/deliveries.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;

class JumpingClock extends Clock {
  offsetMs = 0;

  override nowMs(): number {
    return Date.now() + this.offsetMs;
  }
}

it('keeps order, repeats and leases when the clock jumps a day back and forth', async () => {
  const clock = new JumpingClock();
  const service = await startTestApp({
    override: (builder) => builder.overrideProvider(Clock).useValue(clock),
  });
  const seen: unknown[] = [];
  service.app.get(EventHandlers).register({
    name: 'recorder',
    handle: async ({ payload }) => void seen.push((payload as { n: number }).n),
  });
  const inbox = service.app.get(EventInbox);
  const receive = (n: number) =>
    inbox.receive(
      aDelivery({
        subjectId: 'one',
        payload: { n },
        repeatKey: { kind: 'content', about: ['one', `${n}`], said: [`${n}`] },
      }),
      10,
    );
  const ids: string[] = [];
  const repeats: boolean[] = [];
  for (const [n, hours] of [0, -24, 24, -48, 0].entries()) {
    clock.offsetMs = hours * HOUR_MS;
    ids.push((await receive(n)).eventId);
    repeats.push((await receive(n)).isDuplicate);
  }
  await until(() => seen.length === 5);
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(repeats).toEqual([true, true, true, true, true]);
  expect(ids).toEqual(ids.toSorted());
  await service.close();
});
