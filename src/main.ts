import 'reflect-metadata';
import { CONFIG_SECTIONS } from './app.config.js';
import { readEnvironment } from './config/environment.js';
import { loadConfig } from './config/load-config.js';
import { createApp } from './create-app.js';
import { httpConfig } from './http/http.config.js';
import { createLogger } from './observability/logger.js';
import { observabilityConfig } from './observability/observability.config.js';
import { DatabaseStartup } from './storage/database-startup.js';

async function main(): Promise<void> {
  const config = loadConfig(CONFIG_SECTIONS, readEnvironment());
  const logger = createLogger(config.get(observabilityConfig), config.secretTexts);
  const app = await createApp(config, logger);
  const { HOST, PORT } = config.get(httpConfig);
  await app.listen(PORT, HOST);
  logger.info({ url: await app.getUrl() }, 'Listening');
  await app.get(DatabaseStartup).whenReady();
  logger.info('Ready');
}

await main();
