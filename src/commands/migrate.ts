import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CONFIG_SECTIONS } from '../app.config.js';
import { AppModule } from '../app.module.js';
import { readEnvironment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';
import { failStart } from '../fail-start.js';
import { createLogger } from '../observability/logger.js';
import { NestLogger } from '../observability/nest-logger.js';
import { observabilityConfig } from '../observability/observability.config.js';
import { DatabaseStartup } from '../storage/database-startup.js';

/** `npm run migrate`: brings the schema up to date and ends, without serving or working. */
async function migrate(): Promise<void> {
  const own = { MIGRATE_ON_START: 'true', PROCESS_ROLE: 'web' };
  const config = loadConfig(CONFIG_SECTIONS, { ...readEnvironment(), ...own });
  const logger = createLogger(config.get(observabilityConfig), config.secretTexts);
  const app = await NestFactory.createApplicationContext(AppModule.forRoot(config, logger), {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(NestLogger));
  await app.get(DatabaseStartup).whenReady();
  await app.close();
  logger.info('The database is up to date');
}

migrate().then(() => process.exit(0), failStart);
