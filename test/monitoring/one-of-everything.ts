import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { createServiceDatabase } from '../support/database.js';
import { freePort } from '../support/postgres-server.js';
import { type Service, startService } from '../support/service.js';
import { until } from '../support/until.js';

export interface BusyService {
  service: Service;
  metrics(): Promise<string>;
  close(): Promise<void>;
}

const SECRET = 'the-webhook-secret';
const flow = (name: string, operation: string, params: object): object => ({
  name,
  trigger: { source: 'clockify', events: ['NEW_PROJECT'] },
  steps: [{ id: 'only', action: `clockify.${operation}`, params, retry: { attempts: 1 } }],
});

/** The built service after a little of everything that its metrics count, failures included. */
export async function startBusyService(): Promise<BusyService> {
  const sandbox = new ClockifySandbox();
  await sandbox.start();
  const database = await createServiceDatabase();
  const service = await startService({
    ...database.env,
    ...sandbox.environment,
    CLOCKIFY_RETRY_DELAY_MS: '5',
    WEBHOOK_SHARED_SECRET: SECRET,
    RATE_LIMIT_PER_MINUTE: '40',
    // Nobody listens there: Redis is configured and away.
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
  });
  await service.untilReady();
  await makeTraffic(service.url, sandbox);
  return {
    service,
    metrics: async () => (await fetch(`${service.url}/metrics`)).text(),
    async close() {
      await service.stop();
      await sandbox.stop();
      await database.drop();
    },
  };
}

async function makeTraffic(url: string, sandbox: ClockifySandbox): Promise<void> {
  const call = (method: string, path: string, body?: object, headers: object = {}): Promise<Response> =>
    fetch(`${url}${path}`, {
      method,
      headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const workspaceId = sandbox.workspace.id;
  const run = (operation: string, params: object): Promise<Response> =>
    call('POST', '/actions/run', { integration: 'clockify', operation, params });

  await call('POST', '/actions/parse', { text: 'clockify.get_user' });
  await run('get_user', {});
  await run('get_project', { workspaceId, projectId: '0123456789abcdef01234567' });
  sandbox.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 1, times: 1 });
  await run('get_user', {});
  sandbox.faults.add({ kind: 'cut', when: 'after', operation: 'createClient', times: 1 });
  await run('create_client', { workspaceId, body: { name: 'Found again' } });
  sandbox.faults.add({ kind: 'cut', when: 'after', operation: 'createClient' });
  sandbox.faults.add({ kind: 'status', status: 500, operation: 'getClients' });
  await run('create_client', { workspaceId, body: { name: 'Lost' } });
  sandbox.faults.clear();

  await call('POST', '/flows', flow('good', 'get_user', {}));
  await call('POST', '/flows', flow('bad', 'get_project', { workspaceId, projectId: 'none' }));
  const event = { 'x-clockify-event-id': 'one', 'clockify-webhook-event-type': 'NEW_PROJECT' };
  for (const secret of [SECRET, SECRET, 'wrong']) {
    await call('POST', '/webhooks/clockify', { id: 'p1' }, { ...event, 'x-webhook-secret': secret });
  }
  await call('POST', '/bootstrap', { workspaceId });
  const at = new Date(Date.now() + 500).toISOString();
  for (const [operation, params] of [
    ['get_user', {}],
    ['get_project', { workspaceId, projectId: 'none' }],
  ]) {
    await call('POST', '/schedules', { at, integration: 'clockify', operation, params });
  }
  for (let i = 0; i < 45; i++) await call('GET', '/events');
  await until(async () => hasAll(await (await fetch(`${url}/metrics`)).text()), {
    withinMs: 20_000,
    what: 'flows and schedules to run',
  });
}

const ENDED = [
  /^catalogue_runs_total\{.*status="complete/m,
  /^jobs_total\{.*outcome="completed"/m,
  /^events_handled_total\{.*outcome="handled"/m,
  /^flow_runs_total\{.*status="succeeded"/m,
  /^flow_runs_total\{.*status="failed"/m,
  /^schedule_runs_total\{status="succeeded"/m,
  /^schedule_runs_total\{status="failed"/m,
];
const hasAll = (metrics: string): boolean => ENDED.every((pattern) => pattern.test(metrics));
