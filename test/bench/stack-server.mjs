// The built application with one more route: a validated body that is answered as it came.
import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsInt, IsOptional, IsString, MaxLength } from 'class-validator';
import { Public } from '../../dist/access/access.decorators.js';
import { CONFIG_SECTIONS } from '../../dist/app.config.js';
import { AppModule } from '../../dist/app.module.js';
import { loadConfig } from '../../dist/config/load-config.js';
import { configureApp } from '../../dist/create-app.js';
import { AppAdapter } from '../../dist/http/app-adapter.js';
import { RouteNeeds } from '../../dist/http/route-policy.js';
import { httpConfig } from '../../dist/http/http.config.js';
import { createLogOutput } from '../../dist/observability/log-output.js';
import { createLogger } from '../../dist/observability/logger.js';
import { observabilityConfig } from '../../dist/observability/observability.config.js';
import { DatabaseStartup } from '../../dist/storage/database-startup.js';

class EchoDto {}
for (const decorate of [IsString(), MaxLength(200)]) decorate(EchoDto.prototype, 'text');
for (const decorate of [IsOptional(), IsInt()]) decorate(EchoDto.prototype, 'count');

class EchoController {
  echo(body) {
    return body;
  }
}
Reflect.defineMetadata('design:paramtypes', [EchoDto], EchoController.prototype, 'echo');
Body()(EchoController.prototype, 'echo', 0);
const descriptor = Object.getOwnPropertyDescriptor(EchoController.prototype, 'echo');
Post()(EchoController.prototype, 'echo', descriptor);
Public()(EchoController.prototype, 'echo', descriptor);
RouteNeeds({ rate: 'none' })(EchoController.prototype, 'echo', descriptor);
Controller('echo')(EchoController);

const config = loadConfig(CONFIG_SECTIONS, {
  DATA_DIR: 'memory://',
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_JSON: 'true',
});
// The access line is written as in production, to where nobody keeps it.
const logger = createLogger(
  config.get(observabilityConfig),
  config.secretTexts,
  createLogOutput({ dest: '/dev/null' }),
);

class BenchModule {}
Module({ imports: [AppModule.forRoot(config, logger)], controllers: [EchoController] })(BenchModule);
const app = await NestFactory.create(BenchModule, new AppAdapter(config.get(httpConfig)), {
  bufferLogs: true,
});
configureApp(app);
await app.listen(0, '127.0.0.1');
await app.get(DatabaseStartup).whenReady();
console.log(`listening ${await app.getUrl()}`);
