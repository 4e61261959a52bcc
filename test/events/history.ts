import { join } from 'node:path';
import pg from 'pg';
import { type Service, startService } from '../support/service.js';
import { until } from '../support/until.js';
import type { Writers } from '../support/webhook-writers.js';

const RECORDER = join(import.meta.dirname, 'recording-service.mjs');
const GENEROUS = {
  WEBHOOK_RATE_LIMIT_PER_MINUTE: '60000000',
  LOG_LEVEL: 'info',
  SHUTDOWN_GRACE_SECONDS: '5',
};

export type Query = <T extends object>(text: string) => Promise<T[]>;

/** The service with a handler that writes down what it was told. */
export const startRecorder = (env: Record<string, string>): Promise<Service> =>
  startService({ ...GENEROUS, ...env }, { script: RECORDER });

export async function withClient<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(async (text) => (await client.query(text)).rows);
  } finally {
    await client.end();
  }
}

export const untilDispatched = (query: Query): Promise<unknown> =>
  until(async () => (await query('select 1 from clankerbot.event_dispatch limit 1')).length === 0, {
    withinMs: 30_000,
    everyMs: 200,
    what: 'everything to be dispatched',
  });

/** Every acknowledged delivery has had its effect, none had it twice, and each writer's came in order. */
export async function checkHistory(query: Query, { acknowledged }: Writers): Promise<void> {
  const effects = await query<{ writer: number; n: number }>(
    'select writer, n from public.effects order by id',
  );
  const seen = effects.map(({ writer, n }) => `${writer}:${n}`);
  expect(seen.length - new Set(seen).size).toBe(0);
  expect([...acknowledged].filter((key) => !seen.includes(key))).toEqual([]);
  const last = new Map<number, number>();
  const disordered = effects.filter(({ writer, n }) => {
    const isBefore = n < (last.get(writer) ?? 0);
    last.set(writer, n);
    return isBefore;
  });
  expect(disordered).toEqual([]);
}
