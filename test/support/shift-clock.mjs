import { SystemClock } from '../../dist/clock/clock.js';

/** `--import` this before the built service: its clock is then CLOCK_SHIFT_MS ahead of, or behind, the machine's. */
const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? 0);
SystemClock.prototype.nowMs = () => Date.now() + shiftMs;
