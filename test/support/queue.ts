import { Test } from '@nestjs/testing';
import { CONFIG_SECTIONS } from '../../src/app.config.js';
import { ClockModule } from '../../src/clock/clock.module.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { loadConfig } from '../../src/config/load-config.js';
import { createLogger } from '../../src/observability/logger.js';
import { observabilityConfig } from '../../src/observability/observability.config.js';
import { ObservabilityModule } from '../../src/observability/observability.module.js';
import { ServiceState } from '../../src/observability/service-state.js';
import { JobQueue } from '../../src/queue/job-queue.js';
import { QueueModule } from '../../src/queue/queue.module.js';
import { DATABASE_ENGINE, type DatabaseEngine } from '../../src/storage/database-engine.js';
import { DatabaseStartup } from '../../src/storage/database-startup.js';
import { Database } from '../../src/storage/database.js';
import { StorageModule } from '../../src/storage/storage.module.js';

export interface RunningQueue {
  queue: JobQueue;
  db: Database;
  close(): Promise<void>;
}

/** The queue room on an engine, as the service starts and stops it, without the rest of the house. */
export async function startTestQueue(
  engine: DatabaseEngine,
  setUp: (queue: JobQueue) => void,
  env: Record<string, string> = {},
): Promise<RunningQueue> {
  const config = loadConfig(CONFIG_SECTIONS, { LOG_LEVEL: 'silent', LOG_JSON: 'true', ...env });
  const logger = createLogger(config.get(observabilityConfig), []);
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot(config),
      ClockModule,
      ObservabilityModule.forRoot(logger),
      StorageModule,
      QueueModule,
    ],
  })
    .overrideProvider(DATABASE_ENGINE)
    .useValue(engine)
    .compile();
  const queue = module.get(JobQueue);
  setUp(queue);
  await module.init();
  await module.get(DatabaseStartup).whenReady();
  return {
    queue,
    db: module.get(Database),
    close() {
      module.get(ServiceState).beginDraining();
      return module.close();
    },
  };
}
