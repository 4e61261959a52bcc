import { Global, Module } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { BackupDoor } from './backup/backup-door.js';
import { createDatabase, Database } from './database.js';
import { DATABASE_ENGINE, type DatabaseEngine } from './database-engine.js';
import { DatabaseStartup } from './database-startup.js';
import { EmbeddedUpkeep } from './embedded-upkeep.js';
import { initialDatabase } from './initial-database.js';
import { DatabaseMigrator } from './migrator.js';
import { PgliteEngine } from './pglite-engine.js';
import { PostgresEngine } from './postgres-engine.js';
import { SealingKeys } from './sealing-keys.js';
import { SecretBox } from './secret-box.js';
import { SharedClockReader } from './shared-clock-reader.js';
import { type StorageConfig, storageConfig } from './storage.config.js';
import { Statements } from './statements.js';
import { WorkBell } from './work-bell.js';
import { WorkspaceRole } from './workspace-role.js';

interface EngineEvents {
  /** A connection broke that nobody was using. */
  onError?: (error: Error) => void;
  /** Opening takes longer, for this reason. */
  onWait: (sentence: string) => void;
}

export function createEngine(
  config: StorageConfig,
  { onError = () => undefined, onWait }: EngineEvents,
): DatabaseEngine {
  if (config.DATABASE_URL === undefined)
    return new PgliteEngine(config.DATA_DIR, initialDatabase, undefined, onWait);
  return new PostgresEngine({ url: config.DATABASE_URL, poolSize: config.DATABASE_POOL_SIZE, onError });
}

@Global()
@Module({
  providers: [
    {
      provide: DATABASE_ENGINE,
      useFactory: (config: StorageConfig, log: PinoLogger) =>
        createEngine(config, {
          onError: (err) => log.warn({ err }, 'An idle database connection broke'),
          onWait: (sentence) => log.warn(sentence),
        }),
      inject: [storageConfig.token, PinoLogger],
    },
    { provide: Database, useFactory: createDatabase, inject: [DATABASE_ENGINE] },
    DatabaseMigrator,
    DatabaseStartup,
    EmbeddedUpkeep,
    SealingKeys,
    SecretBox,
    BackupDoor,
    SharedClockReader,
    Statements,
    WorkBell,
    WorkspaceRole,
  ],
  exports: [
    DATABASE_ENGINE,
    Database,
    DatabaseMigrator,
    DatabaseStartup,
    SealingKeys,
    SecretBox,
    Statements,
    WorkBell,
    WorkspaceRole,
  ],
})
export class StorageModule {}
