// The built service on a machine whose clock is set an hour ahead at the first SIGUSR2, and back at the next.
const HOUR_MS = 3_600_000;
const systemNow = Date.now.bind(Date);
let aheadMs = 0;
Date.now = () => systemNow() + aheadMs;
process.on('SIGUSR2', () => {
  aheadMs = HOUR_MS - aheadMs;
});
await import('../../dist/main.js');
