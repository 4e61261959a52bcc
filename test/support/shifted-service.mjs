import { SystemClock } from '../../dist/clock/clock.js';
import { SharedClock } from '../../dist/clock/shared-clock.js';

// The built service, its modules not bundled, with a clock that is CLOCK_SHIFT_MS ahead of, or behind, the machine's, and a
// database whose clock is as far off as DATABASE_CLOCK_SHIFT_MS says.
const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? 0);
const databaseShiftMs = Number(process.env['DATABASE_CLOCK_SHIFT_MS'] ?? 0);
SystemClock.prototype.nowMs = () => Date.now() + shiftMs;
const learn = SharedClock.prototype.learn;
SharedClock.prototype.learn = function (reading) {
  learn.call(this, { ...reading, saidMs: reading.saidMs + databaseShiftMs });
};
await import('../../dist/main.js');
