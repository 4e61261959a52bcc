import request from 'supertest';
import { SCHEMA } from '../../src/storage/database.js';
import { PgliteEngine } from '../../src/storage/pglite-engine.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { type Handler, sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { until } from '../support/until.js';

export const ADMIN = 'key-of-the-admin';
export const OPERATOR = 'key-of-the-operator';
export const VIEWER = 'key-of-the-viewer';
export const VALUE = 'sk-live/ü"quoted"\\+0123456789';
export const HEADER_VALUE = 'sk-live/"quoted"\\+0123456789';

type Answer = request.Response;

export interface SecretApp extends TestApp {
  /** Answers what `onCall` says, and records what it was sent. */
  target: TestServer;
  host: string;
  onCall: { answer: Handler };
  send(
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: object,
    key?: string,
  ): Promise<Answer>;
  setSecret(name: string, value: string, more?: object): Promise<void>;
  createFlow(params: object, more?: object): Promise<string>;
  run(flowId: string, payload?: unknown): Promise<FlowRun>;
}

export interface FlowRun {
  id: string;
  status: string;
  error: { code: string; message: string; details?: unknown } | null;
  steps: { input: unknown; output: unknown; error: unknown }[];
}

/** The whole application, with a server on loopback that http-request may call. */
export async function startSecretApp({ env, ...options }: TestAppOptions = {}): Promise<SecretApp> {
  const onCall: { answer: Handler } = { answer: (_request, response) => sendJson(response, { fine: true }) };
  const target = await startHttpServer((received, response) => onCall.answer(received, response));
  const app = await startTestApp({
    ...options,
    env: {
      API_KEYS: `boss:admin:${ADMIN}, tool:operator:${OPERATOR}, reader:viewer:${VIEWER}`,
      ENCRYPTION_KEY: '0a'.repeat(32),
      HTTP_REQUEST_ENABLED: 'true',
      HTTP_REQUEST_PLAIN_HTTP: 'true',
      HTTP_REQUEST_ALLOWED_RANGES: '127.0.0.0/8',
      LOG_LEVEL: 'trace',
      WEBHOOK_SHARED_SECRET: 'secret-of-the-webhook',
      ...env,
    },
  });
  const host = target.url;
  const send: SecretApp['send'] = async (method, path, body, key = ADMIN) =>
    request(app.url)[method](path).set('authorization', `Bearer ${key}`).send(body);
  const setSecret = async (name: string, value: string, more: object = {}): Promise<void> => {
    const body = { value, allowedHosts: [host], allowedParams: ['headers', 'query', 'url', 'body'], ...more };
    const answer = await send('put', `/secrets/${name}`, body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  };
  const createFlow = async (params: object, more: object = {}): Promise<string> => {
    const steps = [
      { id: 'call', action: 'http-request.POST', params: { url: `${target.url}/hook`, ...params } },
    ];
    const answer = await send('post', '/flows', { name: 'Calls', steps, ...more });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.body.data.id as string;
  };
  const run = async (flowId: string, payload: unknown = {}): Promise<FlowRun> => {
    const started = await send('post', `/flows/${flowId}/run`, { payload });
    const path = `/flow-runs/${started.body.data.run.id as string}`;
    return until(async () => {
      const { data } = (await send('get', path)).body as { data: FlowRun };
      return ['succeeded', 'failed'].includes(data.status) ? data : undefined;
    });
  };
  return {
    ...app,
    target,
    host,
    onCall,
    send,
    setSecret,
    createFlow,
    run,
    async close() {
      await app.close();
      await target.close();
    },
  };
}

/** All that the service has kept: each row of each table as text, and, of the embedded engine, its files. */
export async function everythingKept({ engine }: Pick<TestApp, 'engine'>): Promise<string> {
  const { rows: tables } = await engine.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like '${SCHEMA}%'`,
  );
  const kept: string[] = [];
  for (const { name } of tables) {
    const { rows } = await engine.pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    kept.push(name, ...rows.map(({ row }) => row));
  }
  if (engine instanceof PgliteEngine) {
    const files = await engine.dump();
    kept.push(Buffer.from(await files.arrayBuffer()).toString('latin1'));
  }
  return kept.join('\n');
}

/** The ways in which the value could stand in a text that was kept. */
export function tracesOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    value.replaceAll('\\', '\\\\').replaceAll('"', '""'),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1),
    Buffer.from(value).toString('base64url').slice(0, -1),
    Buffer.from(value).toString('latin1'),
  ];
}
