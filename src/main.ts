import 'reflect-metadata';
import { AccessMode } from './access/access-mode.js';
import { CONFIG_SECTIONS } from './app.config.js';
import { readEnvironment } from './config/environment.js';
import { loadConfig } from './config/load-config.js';
import { unreadVariables } from './config/unread-variables.js';
import { createApp } from './create-app.js';
import { failStart } from './fail-start.js';
import { httpConfig } from './http/http.config.js';
import { createLogger } from './observability/logger.js';
import { observabilityConfig } from './observability/observability.config.js';
import { startTracing } from './observability/tracing.js';
import { releaseStartupMemory } from './release-startup-memory.js';
import { stopOnSignals } from './stop-on-signals.js';
import { listenToStatements } from './storage/database.js';
import { DatabaseStartup } from './storage/database-startup.js';

/** Starts the service. HTTP listens first and answers "not ready" until the database is open and migrated. */
async function main(): Promise<void> {
  const environment = readEnvironment();
  const config = loadConfig(CONFIG_SECTIONS, environment);
  const logger = createLogger(config.get(observabilityConfig), config.secretTexts);
  for (const { name, meant } of unreadVariables(CONFIG_SECTIONS, environment))
    logger.warn({ variable: name, meant }, `${name} is set, and nobody reads it; did you mean ${meant}?`);
  const tracing = await startTracing(config.get(observabilityConfig));
  if (tracing?.statement) listenToStatements(tracing.statement);
  const app = await createApp(config, logger);
  stopOnSignals(app, { logger, beforeExit: () => tracing?.stop() });
  const { HOST, PORT } = config.get(httpConfig);
  await app.listen(PORT, HOST);
  app.get(AccessMode).showTemporaryKey();
  logger.info({ url: await app.getUrl() }, 'Listening');
  await app.get(DatabaseStartup).whenReady();
  logger.info({ start_ms: Math.round(performance.now()) }, 'Ready');
  releaseStartupMemory();
}

main().catch(failStart);
