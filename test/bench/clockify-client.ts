import { once } from 'node:events';
import { createServer, Agent, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { median } from './support/load.ts';

/**
 * How long the operation index takes to load, and what a call through the Clockify client costs beside the same
 * request with bare node:http over a kept connection. `npm run build` first.
 */
const CALLS = 3_000;

/** A module of the build, with the types of its source. */
async function built<T>(path: string): Promise<T> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as T;
}

const { ClockModule } =
  await built<typeof import('../../src/clock/clock.module.js')>('clock/clock.module.js');
const { ConfigModule } =
  await built<typeof import('../../src/config/config.module.js')>('config/config.module.js');
const { loadConfig } = await built<typeof import('../../src/config/load-config.js')>('config/load-config.js');
const { clockifyConfig } = await built<typeof import('../../src/integrations/clockify/clockify.config.js')>(
  'integrations/clockify/clockify.config.js',
);
const { ClockifyIntegration } = await built<
  typeof import('../../src/integrations/clockify/clockify.integration.js')
>('integrations/clockify/clockify.integration.js');
const { ClockifyModule } = await built<typeof import('../../src/integrations/clockify/clockify.module.js')>(
  'integrations/clockify/clockify.module.js',
);
const { OperationIndex, operationIndex } = await built<
  typeof import('../../src/integrations/clockify/operations/operation-index.js')
>('integrations/clockify/operations/operation-index.js');
const { createLogger } =
  await built<typeof import('../../src/observability/logger.js')>('observability/logger.js');
const { observabilityConfig } = await built<typeof import('../../src/observability/observability.config.js')>(
  'observability/observability.config.js',
);
const { ObservabilityModule } = await built<typeof import('../../src/observability/observability.module.js')>(
  'observability/observability.module.js',
);
const { Database } = await built<typeof import('../../src/storage/database.js')>('storage/database.js');

const ENTRY = {
  id: '65f0',
  description: 'Bench',
  timeInterval: { start: '2026-01-05T09:00:00Z', end: null },
};
const BODY = { start: '2026-01-05T09:00:00Z', end: '2026-01-05T10:00:00Z', description: 'Bench' };

const loadMs = timed(() => operationIndex());
const first = operationIndex();
const againMs = timed(() => new OperationIndex({ operations: first.operations, schemas: first.schemas }));
console.table({
  'operation index': { 'load ms': loadMs.toFixed(1), 'goal ms': 50, 'lookup table ms': againMs.toFixed(2) },
});

const upstream = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(ENTRY));
  });
}).listen(0, '127.0.0.1');
await once(upstream, 'listening');
const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;

const agent = new Agent({ keepAlive: true });
function bare(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', 'x-api-key': 'bench' },
    };
    const request = httpRequest(`${url}/api/v1/workspaces/w/time-entries`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    request.on('error', reject);
    request.end(JSON.stringify(BODY));
  });
}

const config = loadConfig([clockifyConfig, observabilityConfig], {
  CLOCKIFY_API_KEY: 'bench-key',
  CLOCKIFY_BASE_URL: url,
  CLOCKIFY_REQUESTS_PER_SECOND: '0',
  LOG_LEVEL: 'silent',
});

/** The client asks its storage only for the request budget, which is off here. */
class NoStorage {
  static forBench() {
    return {
      module: NoStorage,
      global: true,
      providers: [{ provide: Database, useValue: {} }],
      exports: [Database],
    };
  }
}

class BenchModule {
  static create() {
    return {
      module: BenchModule,
      imports: [
        ConfigModule.forRoot(config),
        ClockModule,
        ObservabilityModule.forRoot(createLogger(config.get(observabilityConfig), [])),
        NoStorage.forBench(),
        ClockifyModule,
      ],
    };
  }
}

const app = await NestFactory.createApplicationContext(BenchModule.create(), { logger: false });
const clockify = app.get(ClockifyIntegration);
const operation = clockify.operations().find((known) => known.name === 'create_time_entry');
if (!operation) throw new Error('There is no create_time_entry');
const context = { requestId: 'bench', priority: 'interactive' as const };
const client = (): Promise<unknown> =>
  clockify.execute(operation, clockify.arrange(operation, { workspaceId: 'w', body: BODY }), context);

const rows: Record<string, number[]> = { 'bare node:http': [], 'Clockify client': [] };
for (let round = 0; round < 5; round++) {
  rows['bare node:http']?.push(await medianOf(bare));
  rows['Clockify client']?.push(await medianOf(client));
}
const [bareMs, clientMs] = [median(rows['bare node:http'] ?? []), median(rows['Clockify client'] ?? [])];
console.table({
  'bare node:http': { 'p50 ms': bareMs.toFixed(3) },
  'Clockify client': { 'p50 ms': clientMs.toFixed(3), 'added ms': (clientMs - bareMs).toFixed(3) },
});
await app.close();
agent.destroy();
upstream.closeAllConnections();
upstream.close();

async function medianOf(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < CALLS / 5; i++) {
    const startedMs = performance.now();
    await call();
    times.push(performance.now() - startedMs);
  }
  return median(times);
}

function timed(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}
