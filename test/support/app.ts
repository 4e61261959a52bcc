import type { Type } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { CONFIG_SECTIONS } from '../../src/app.config.js';
import { AppModule } from '../../src/app.module.js';
import { loadConfig } from '../../src/config/load-config.js';
import { configureApp } from '../../src/create-app.js';
import { AppAdapter } from '../../src/http/app-adapter.js';
import { httpConfig } from '../../src/http/http.config.js';
import { createLogger } from '../../src/observability/logger.js';
import { observabilityConfig } from '../../src/observability/observability.config.js';
import { DATABASE_ENGINE, type DatabaseEngine } from '../../src/storage/database-engine.js';
import { DatabaseStartup } from '../../src/storage/database-startup.js';
import { createTestEngine } from './database.js';
// nestjs-pino keeps its root logger for the process; two applications in one test file need one each.
import { resetRootLogger } from '../../node_modules/nestjs-pino/dist/esm/rootLogger.js';

export interface TestApp {
  app: NestExpressApplication;
  /** `http://127.0.0.1:port`, listening. */
  url: string;
  engine: DatabaseEngine;
  /** Every line logged so far, as JSON objects. Filled when LOG_LEVEL is not silent. */
  logs: Record<string, unknown>[];
  close(): Promise<void>;
}

export interface TestAppOptions {
  env?: Record<string, string>;
  /** Modules beside the application's own, for routes of the test. */
  imports?: Type<unknown>[];
  /** Replace providers before the application is built. */
  override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** An engine of the test's own, for two applications on one database; otherwise a fresh migrated database. */
  engine?: DatabaseEngine;
  /** Do not wait until the database is ready. */
  isNotWaiting?: boolean;
}

/** How many connections it has open, by whichever of its sockets they were accepted. */
export async function countConnections({ app }: Pick<TestApp, 'app'>): Promise<number> {
  return (await (app.getHttpAdapter() as unknown as AppAdapter).sockets?.countConnections()) ?? NaN;
}

/** The whole application over HTTP on a free port and a database of its own. Nothing is read from the environment. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const owned = options.engine ? undefined : await createTestEngine();
  const engine = options.engine ?? (owned?.engine as DatabaseEngine);
  const config = loadConfig(CONFIG_SECTIONS, {
    LOG_LEVEL: 'silent',
    LOG_JSON: 'true',
    HOST: '127.0.0.1',
    PORT: '0',
    // Tests of other things must not meet the limits.
    RATE_LIMIT_PER_MINUTE: '1000000',
    AUTH_FAILURE_RATE_LIMIT_PER_MINUTE: '1000000',
    WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000',
    PUBLIC_RATE_LIMIT_PER_MINUTE: '1000000',
    ...options.env,
  });
  const logs: Record<string, unknown>[] = [];
  const destination: DestinationStream = {
    write: (line: string) => void logs.push(JSON.parse(line) as Record<string, unknown>),
  };
  const logger = createLogger(config.get(observabilityConfig), config.secretTexts, destination);
  resetRootLogger();
  let builder = Test.createTestingModule({
    imports: [AppModule.forRoot(config, logger), ...(options.imports ?? [])],
  })
    .overrideProvider(DATABASE_ENGINE)
    .useValue(engine);
  builder = options.override?.(builder) ?? builder;
  const module = await builder.compile();
  const app = module.createNestApplication<NestExpressApplication>(new AppAdapter(config.get(httpConfig)), {
    bufferLogs: true,
  });
  configureApp(app);
  await app.listen(0, '127.0.0.1');
  if (!options.isNotWaiting) await app.get(DatabaseStartup).whenReady();
  return {
    app,
    url: await app.getUrl(),
    engine,
    logs,
    async close() {
      await app.close();
      await owned?.drop();
    },
  };
}
