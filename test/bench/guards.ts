import { createHash } from 'node:crypto';
import { startRedis } from '../support/redis-server.ts';
import { type ChildServer, startGuardedServer } from './support/child-server.ts';
import { get, median, runLoad } from './support/raw-load.ts';

/**
 * What the guards cost: the same route of the whole application without them, with them in memory, and with them in
 * Redis, turn by turn. CPU time per request of the server is the measure that a busy machine disturbs least.
 */
const ROUNDS = 9;
const ROUND_MS = 1000;
const CONNECTIONS = 32;
const KEY = 'key-of-the-bench';
const API_KEYS = `bench:viewer:${createHash('sha256').update(KEY).digest('hex')}`;

const redis = await startRedis();
const variants = [
  { name: 'without guards', hasGuards: false, env: { API_KEYS } },
  { name: 'open, in memory', hasGuards: true, env: {} },
  { name: 'with a key, in memory', hasGuards: true, env: { API_KEYS } },
  {
    name: 'with a key, in Redis',
    hasGuards: true,
    env: { API_KEYS, REDIS_URL: redis.url },
  },
];

interface Round {
  perSecond: number;
  cpuUsPerRequest: number;
}

async function measure(server: ChildServer): Promise<Round> {
  let id = 0;
  const before = await server.cpuUs();
  const { perSecond, requests, statuses } = await runLoad({
    port: server.port,
    connections: CONNECTIONS,
    durationMs: ROUND_MS,
    request: () => get(`/bench/items/${id++}`, { 'X-Api-Key': KEY }),
  });
  if (Object.keys(statuses).join() !== '200')
    throw new Error(`Unexpected answers: ${JSON.stringify(statuses)}`);
  return { perSecond, cpuUsPerRequest: ((await server.cpuUs()) - before) / requests };
}

const servers = await Promise.all(variants.map((variant) => startGuardedServer(variant)));
const rounds: Round[][] = variants.map(() => []);
for (let round = -2; round < ROUNDS; round++) {
  for (const [i, server] of servers.entries()) {
    const result = await measure(server);
    if (round >= 0) rounds[i]?.push(result); // The first two warm up the compiler.
  }
}
await Promise.all(servers.map((server) => server.stop()));
await redis.destroy();

const ratio = (i: number, to: number, of: (round: Round) => number): number =>
  median((rounds[i] ?? []).map((round, r) => of(round) / of(rounds[to]?.[r] ?? round)));
console.table(
  variants.map(({ name }, i) => ({
    variant: name,
    'requests/s': Math.round(median((rounds[i] ?? []).map((r) => r.perSecond))),
    'CPU µs/request': Number(median((rounds[i] ?? []).map((r) => r.cpuUsPerRequest)).toFixed(1)),
    'rate / without': Number(ratio(i, 0, (r) => r.perSecond).toFixed(3)),
    'CPU / without': Number(ratio(i, 0, (r) => r.cpuUsPerRequest).toFixed(3)),
  })),
);
const redisShare = ratio(3, 2, (r) => r.perSecond);
const redisCpu = ratio(2, 3, (r) => r.cpuUsPerRequest);
console.log(
  `in Redis at ${(redisShare * 100).toFixed(0)} % of the in-memory rate (goal: at least 60 %); ` +
    `${(redisCpu * 100).toFixed(0)} % by the service's CPU time, which other work on the machine disturbs less`,
);
const added = ratio(2, 0, (r) => r.cpuUsPerRequest) - 1;
console.log(`the guards add ${(added * 100).toFixed(1)} % to a request, by CPU time (goal: less than 15 %)`);
