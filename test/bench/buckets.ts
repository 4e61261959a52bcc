import { median } from './support/raw-load.ts';

/**
 * What a million clients cost: memory, and time per request with one hot client, a million at random, and ever new
 * ones up to ten million. Beside it, the same on @nestjs/throttler's own storage, as far as that can go.
 */
const fromDist = <T>(path: string): Promise<T> => import(`../../dist/${path}`) as Promise<T>;
const { MemoryBuckets } = await fromDist<typeof import('../../src/throttling/memory-buckets.js')>(
  'throttling/memory-buckets.js',
);
const { SystemClock } = await fromDist<typeof import('../../src/clock/clock.js')>('clock/clock.js');
const { ThrottlerStorageService } = await import('@nestjs/throttler');

const MIB = 1024 * 1024;
const MILLION = 1_000_000;
const TTL_MS = 600_000;
const LIMIT = 2;

const keyOf = (client: number): string =>
  `requests:${10 + (client >>> 24)}.${(client >>> 16) & 255}.${(client >>> 8) & 255}.${client & 255}:/actions/run`;

function settledRss(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

interface Row {
  what: string;
  'ns/request': number;
  'more memory, MiB': number;
}
const rows: Row[] = [];

async function measure(what: string, count: number, take: (i: number) => Promise<unknown>): Promise<void> {
  const slices: number[] = [];
  const before = settledRss();
  const slice = count / 20;
  for (let s = 0; s < 20; s++) {
    const startedNs = process.hrtime.bigint();
    for (let i = s * slice; i < (s + 1) * slice; i++) await take(i);
    slices.push(Number(process.hrtime.bigint() - startedNs) / slice);
  }
  rows.push({
    what,
    'ns/request': Math.round(median(slices)),
    'more memory, MiB': Math.round((settledRss() - before) / MIB),
  });
}

const clock = new SystemClock();
const start = settledRss();
const buckets = new MemoryBuckets({ RATE_LIMIT_MAX_BUCKETS: MILLION }, clock);
await measure('ours: one hot client', MILLION, () => buckets.increment(keyOf(7), TTL_MS, LIMIT));
await measure('ours: 1,000,000 new clients', MILLION, (i) => buckets.increment(keyOf(i), TTL_MS, LIMIT));
const million = settledRss() - start;
await measure('ours: the same at random', MILLION, () =>
  buckets.increment(keyOf(Math.floor(Math.random() * MILLION)), TTL_MS, LIMIT),
);
await measure('ours: 9,000,000 more new clients', 9 * MILLION, (i) =>
  buckets.increment(keyOf(MILLION + i), TTL_MS, LIMIT),
);
const tenMillion = settledRss() - start;
const size = buckets.size;

const theirs = new ThrottlerStorageService();
const FEW = 100_000;
await measure(`theirs: ${FEW.toLocaleString('en')} new clients`, FEW, (i) =>
  theirs.increment(keyOf(i), TTL_MS, LIMIT, TTL_MS, 'default'),
);
theirs.onApplicationShutdown();

console.table(rows);
console.log(`1,000,000 clients: ${(million / MIB).toFixed(0)} MiB more than before (goal: under 150 MB)`);
console.log(
  `after 10,000,000 clients: ${(tenMillion / MIB).toFixed(0)} MiB, ${size.toLocaleString('en')} buckets kept`,
);
process.exit(0);
