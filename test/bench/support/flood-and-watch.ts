import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get as httpGet } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Flood {
  port: number;
  path: string;
  count: number;
  connections: number;
}

export interface FloodResult {
  perSecond: number;
  statuses: Record<string, number>;
  /** How long health took to answer meanwhile, in milliseconds, sorted. */
  healthMs: number[];
}

const WATCH_EVERY_MS = 5;

/** Floods a service from another process and asks for its health all the while. */
export async function floodAndWatch(flood: Flood): Promise<FloodResult> {
  const child = fork(join(import.meta.dirname, 'flood-client.ts'), [JSON.stringify(flood)]);
  const answered = once(child, 'message') as Promise<[Omit<FloodResult, 'healthMs'>]>;
  let isOver = false;
  const over = answered.finally(() => (isOver = true));
  const healthMs = await watchHealth(flood.port, () => isOver);
  const [result] = await over;
  return { ...result, healthMs };
}

/** Asks for health again and again; answers how long each took, in milliseconds, sorted. */
export async function watchHealth(port: number, isOver: () => boolean): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const healthMs: number[] = [];
  while (!isOver()) {
    healthMs.push(await timeHealth(port, agent));
    await delay(WATCH_EVERY_MS);
  }
  agent.destroy();
  return healthMs.sort((a, b) => a - b);
}

async function timeHealth(port: number, agent: Agent): Promise<number> {
  const startedMs = performance.now();
  const request = httpGet({ port, host: '127.0.0.1', path: '/healthz', agent });
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 200) throw new Error(`Health answered ${response.statusCode}`);
  return performance.now() - startedMs;
}
