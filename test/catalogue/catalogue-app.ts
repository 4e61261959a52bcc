import request from 'supertest';
import { ClockifySandbox, type SandboxOptions } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { until } from '../support/until.js';

export const CALLER = 'key-of-the-caller';
export const WORKSPACE = '64a687e29ae1f428e7ebe303';

export interface BootstrapBody {
  id: string;
  status: string;
  requests: number;
  entities: number;
  operationsDone: number;
  operationsTotal: number;
  requestsPerSecond: number;
  remainingSeconds: number | null;
  waitsUntil: string | null;
  startedAt: string;
  finishedAt: string | null;
  lastError: { code: string; message: string } | null;
  operations: { operation: string; status: string; requests: number; error: { code: string } | null }[];
}

export interface CatalogueApp extends TestApp {
  sandbox: ClockifySandbox;
  send(method: 'get' | 'post', path: string, body?: object): Promise<request.Response>;
  /** Begins a run and waits for its end. */
  readAll(body?: object): Promise<BootstrapBody>;
  untilOver(withinMs?: number): Promise<BootstrapBody>;
  status(): Promise<BootstrapBody>;
  /** By name. */
  list(query?: string): Promise<{ type: string; id: string; name: string; archived: boolean }[]>;
  run(operation: string, params: object, query?: string): Promise<request.Response>;
}

/** The whole application over the Clockify stand-in. */
export async function startCatalogueApp(
  { env = {}, ...options }: TestAppOptions = {},
  sandboxOptions: SandboxOptions = {},
  prepared?: ClockifySandbox,
): Promise<CatalogueApp> {
  const sandbox = prepared ?? new ClockifySandbox({ workspace: { id: WORKSPACE }, ...sandboxOptions });
  if (!prepared) await sandbox.start();
  const app = await startTestApp({
    ...options,
    env: {
      ...sandbox.environment,
      API_KEYS: `tool:admin:${CALLER}`,
      WEBHOOK_SHARED_SECRET: 'secret-of-the-webhook',
      CATALOGUE_REQUESTS_PER_SECOND: '50',
      CLOCKIFY_REQUESTS_PER_SECOND: '0',
      CLOCKIFY_RETRY_DELAY_MS: '5',
      ...env,
    },
  });
  const send: CatalogueApp['send'] = async (method, path, body) => {
    const call = request(app.url)[method](path).set('authorization', `Bearer ${CALLER}`);
    return body === undefined ? call : call.send(body);
  };
  const status = async (): Promise<BootstrapBody> =>
    (await send('get', `/bootstrap?workspaceId=${WORKSPACE}`)).body.data;
  const untilOver: CatalogueApp['untilOver'] = (withinMs = 30_000) =>
    until(
      async () => {
        const body = await status();
        return body.finishedAt === null ? undefined : body;
      },
      { withinMs, everyMs: 50, what: 'the run to be over' },
    );
  return {
    ...app,
    sandbox,
    send,
    status,
    untilOver,
    async readAll(body = {}) {
      const started = await send('post', '/bootstrap', { workspaceId: WORKSPACE, ...body });
      if (started.status !== 202) throw new Error(JSON.stringify(started.body));
      return untilOver();
    },
    async list(query = '') {
      return (await send('get', `/catalogue?workspaceId=${WORKSPACE}&limit=200${query}`)).body.data.items;
    },
    run: (operation, params, query = '') =>
      send('post', `/actions/run${query}`, { integration: 'clockify', operation, params }),
    async close() {
      await app.close();
      if (!prepared) await sandbox.stop();
    },
  };
}
