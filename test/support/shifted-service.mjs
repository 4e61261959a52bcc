import { SystemClock } from '../../dist/clock/clock.js';

// The built service, its modules not bundled, with a clock that is CLOCK_SHIFT_MS ahead of, or behind, the machine's.
const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? 0);
SystemClock.prototype.nowMs = () => Date.now() + shiftMs;
await import('../../dist/main.js');
