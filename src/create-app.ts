import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import { AddonAddresses } from './addons/addon-addresses.js';
import { AppModule } from './app.module.js';
import type { LoadedConfig } from './config/load-config.js';
import { ApiDocument } from './docs/api-document.js';
import { AppAdapter } from './http/app-adapter.js';
import { httpConfig } from './http/http.config.js';
import { buildOpenApi } from './http/openapi.js';
import { RequestChain } from './http/request-chain.js';
import { NestLogger } from './observability/nest-logger.js';

/** The whole application, not yet listening. */
export async function createApp(config: LoadedConfig, logger: Logger): Promise<NestExpressApplication> {
  const adapter = new AppAdapter(config.get(httpConfig));
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config, logger), adapter, {
    bufferLogs: true,
    abortOnError: false,
  });
  configureApp(app);
  return app;
}

/** What an application needs beyond its modules; tests build theirs with replaced providers and call this too. */
export function configureApp(app: NestExpressApplication): void {
  app.useLogger(app.get(NestLogger));
  app.get(RequestChain).mount(app);
  app.get(AddonAddresses).mount(app);
  app.get(ApiDocument).describe(() => buildOpenApi(app));
}
