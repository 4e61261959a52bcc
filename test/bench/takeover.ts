import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from '../support/postgres-server.ts';
import { type Service, startService } from './support/service.ts';

/** How long the run of a killed process waits for another one: two processes, one run at a time, its process is killed. */
const ROUNDS = Number(process.env['TAKEOVER_ROUNDS'] ?? 8);
const JSON_BODY = { 'Content-Type': 'application/json' };

const server = await startPostgres();
const db = new pg.Client({ connectionString: server.url });
await db.connect();
let called = Promise.withResolvers<string>();
/** Never answers; tells by the token which process carries out the step. */
const slack = createServer((request) => {
  request.resume();
  called.resolve(/xoxb-(\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? '');
}).listen(0, '127.0.0.1');
await once(slack, 'listening');

const start = (name: string): Promise<Service> =>
  startService({
    DATABASE_URL: server.url,
    SLACK_BOT_TOKEN: `xoxb-${name}`,
    SLACK_BASE_URL: `http://127.0.0.1:${(slack.address() as AddressInfo).port}`,
  });
const services: Record<string, Service> = { a: await start('a'), b: await start('b') };

async function post<T>(path: string, body: object): Promise<T> {
  const response = await fetch(`${services['a']?.url}${path}`, {
    method: 'POST',
    headers: JSON_BODY,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { data: T }).data;
}

async function isTakenOver(runId: string): Promise<boolean> {
  const { rows } = await db.query<{ claims: number }>(
    'select claims from clankerbot.flow_runs where id = $1',
    [runId],
  );
  return (rows[0]?.claims ?? 0) > 1;
}

const step = { action: 'slack.post_message', params: { channel: '#bench', text: 'never answered' } };
const flow = await post<{ id: string }>('/flows', { name: 'Hangs', steps: [step] });
const seconds: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  called = Promise.withResolvers<string>();
  const { run } = await post<{ run: { id: string } }>(`/flows/${flow.id}/run`, {});
  const victim = await called.promise;
  await delay(500 + Math.random() * 6_000);
  const killedMs = performance.now();
  services[victim]?.child.kill('SIGKILL');
  while (!(await isTakenOver(run.id))) await delay(20);
  seconds.push((performance.now() - killedMs) / 1000);
  services[victim] = await start(victim);
}
seconds.sort((a, b) => a - b);
const shown = (value: number | undefined): number => Number(value?.toFixed(1));
console.table({
  'a run of a killed process, seconds': {
    least: shown(seconds[0]),
    median: shown(seconds[seconds.length >> 1]),
    most: shown(seconds.at(-1)),
    'goal below': 15,
  },
});
for (const service of Object.values(services)) await service.stop();
await db.end();
slack.close();
slack.closeAllConnections();
await server.destroy();
