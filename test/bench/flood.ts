import { startGuardedServer } from './support/child-server.ts';
import { floodAndWatch } from './support/flood-and-watch.ts';
import { percentile } from './support/raw-load.ts';

/** 50,000 requests as fast as they go, against the default limits; how health answers meanwhile. */
const server = await startGuardedServer({ env: { RATE_LIMIT_PER_MINUTE: '60' } });
const rows = [];
for (let round = 1; round <= 3; round++) {
  const { perSecond, statuses, healthMs } = await floodAndWatch({
    port: server.port,
    path: '/bench/items/1',
    count: 50_000,
    connections: 64,
  });
  rows.push({
    round,
    'requests/s': Math.round(perSecond),
    answers: JSON.stringify(statuses),
    'health p50, ms': Number(percentile(healthMs, 0.5).toFixed(1)),
    'health p99, ms': Number(percentile(healthMs, 0.99).toFixed(1)),
    'health max, ms': Number((healthMs.at(-1) ?? NaN).toFixed(1)),
  });
}
await server.stop();
console.table(rows);
console.log('goal: health p99 under 50 ms');
