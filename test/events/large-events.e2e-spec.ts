import { EventBell } from '../../src/events/event-bell.js';
import { EventDispatcher } from '../../src/events/dispatch/event-dispatcher.js';
import { EventHandlers } from '../../src/events/event-handler.js';
import { startTestApp } from '../support/app.js';
import { queueEvents } from '../support/queued-events.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;

describe('large events', () => {
  it('are taken a few at a time, also those that an older release queued without their size', async () => {
    const service = await startTestApp();
    const { pool } = service.engine;
    const dispatcher = service.app.get(EventDispatcher);
    const gate = Promise.withResolvers<void>();
    const held: number[] = [];
    service.app.get(EventHandlers).register({
      name: 'test',
      handle: async () => {
        held.push(dispatcher.heldCount);
        await gate.promise;
      },
    });
    const queue = async (from: number, events: readonly number[]): Promise<void> => {
      await queueEvents(
        pool,
        events.map((mib, i) => ({ seq: from + i, subject: `s${from + i}`, bytes: mib * MIB })),
      );
      service.app.get(EventBell).ring();
    };
    await queue(1, [20]);
    await until(() => held.length === 1, { what: 'one that is larger than all may be' });
    await queue(10, [3, 3, 3, 3, 3, 3]);
    await queue(20, [1, 1]);
    // What compresses well is just as large once it is read.
    await pool.query(
      `update clankerbot.events set payload = to_jsonb(repeat('ab', 1000000)) where seq >= 20`,
    );
    await pool.query('update clankerbot.event_dispatch set bytes = null where seq >= 20');
    gate.resolve();
    await until(() => held.length === 9 && dispatcher.heldCount === 0, { what: 'all to be handled' });
    expect(Math.max(...held)).toBe(2);
    await service.close();
  });
});
