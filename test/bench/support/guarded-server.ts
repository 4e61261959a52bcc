import 'reflect-metadata';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** The built application, with the types of its source. */
const fromDist = <T>(path: string): Promise<T> => import(`../../../dist/${path}`) as Promise<T>;
const { Requires } = await fromDist<typeof import('../../../src/access/access.decorators.js')>(
  'access/access.decorators.js',
);
const { CONFIG_SECTIONS } = await fromDist<typeof import('../../../src/app.config.js')>('app.config.js');
const { AppModule } = await fromDist<typeof import('../../../src/app.module.js')>('app.module.js');
const { loadConfig } =
  await fromDist<typeof import('../../../src/config/load-config.js')>('config/load-config.js');
const { configureApp } = await fromDist<typeof import('../../../src/create-app.js')>('create-app.js');
const { AppAdapter } =
  await fromDist<typeof import('../../../src/http/app-adapter.js')>('http/app-adapter.js');
const { httpConfig } =
  await fromDist<typeof import('../../../src/http/http.config.js')>('http/http.config.js');
const { createLogger } =
  await fromDist<typeof import('../../../src/observability/logger.js')>('observability/logger.js');
const { observabilityConfig } = await fromDist<
  typeof import('../../../src/observability/observability.config.js')
>('observability/observability.config.js');
const { DatabaseStartup } = await fromDist<typeof import('../../../src/storage/database-startup.js')>(
  'storage/database-startup.js',
);

/**
 * The whole application with one small route more, with or without the global guards. Run as a child process: the
 * argument is JSON, it sends its port when it is ready, and answers each message with the CPU time it has used.
 */
const { hasGuards, env } = JSON.parse(process.argv[2] ?? '{}') as {
  hasGuards: boolean;
  env: Record<string, string>;
};

class BenchController {
  item(id: string): { id: string } {
    return { id };
  }
}
class BenchModule {}

// Plain Node strips types but knows no decorator syntax, so they are called.
const { prototype } = BenchController;
const descriptor = Object.getOwnPropertyDescriptor(prototype, 'item') as PropertyDescriptor;
Requires('viewer')(prototype, 'item', descriptor);
Get('items/:id')(prototype, 'item', descriptor);
Param('id')(prototype, 'item', 0);
Controller('bench')(BenchController);
Module({ controllers: [BenchController] })(BenchModule);

const dataDir = mkdtempSync(join(tmpdir(), 'clankerbot-bench-'));
const config = loadConfig(CONFIG_SECTIONS, {
  LOG_JSON: 'true',
  DATA_DIR: dataDir,
  RATE_LIMIT_PER_MINUTE: '60000000',
  ...env,
});
const logger = createLogger(config.get(observabilityConfig), config.secretTexts);
const app = AppModule.forRoot(config, logger);
const tested = {
  ...app,
  ...(hasGuards ? {} : { providers: [] }),
  imports: [...(app.imports ?? []), BenchModule],
};
const nest = await NestFactory.create(tested, new AppAdapter(config.get(httpConfig)), { bufferLogs: true });
configureApp(nest as Parameters<typeof configureApp>[0]);
await nest.listen(0, '127.0.0.1');
await nest.get(DatabaseStartup).whenReady();
const { port } = (nest.getHttpServer() as Server).address() as { port: number };

process.on('message', () => process.send?.({ cpu: process.cpuUsage(), memory: process.memoryUsage() }));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));
process.on('disconnect', () => process.exit(0));
process.send?.({ port });
