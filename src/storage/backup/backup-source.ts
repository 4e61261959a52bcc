import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase } from '../database.js';
import type { DatabaseEngine } from '../database-engine.js';
import { DataDirError } from '../storage.errors.js';
import { PgliteEngine } from '../pglite-engine.js';
import { readBackup } from './backup-writer.js';
import { BackupError } from './backup.errors.js';
import { readBesideService } from './running-service.js';

/** Reads the whole database; of the embedded one a copy where a service has it. */
export async function readFrom<T>(
  engine: DatabaseEngine,
  use: (lines: AsyncIterable<string>) => Promise<T>,
  { mayAskService = true } = {},
): Promise<T> {
  const dataDir = engine instanceof PgliteEngine ? engine.directory : undefined;
  if (dataDir !== undefined && !existsSync(join(dataDir, 'PG_VERSION')))
    throw new BackupError(`DATA_DIR ${dataDir} has no embedded Postgres: there is nothing to read.`);
  try {
    await engine.open();
  } catch (error) {
    if (dataDir === undefined || !(error instanceof DataDirError) || !error.isInUse) throw error;
    if (!mayAskService) throw new BackupError(`Stop the service that uses DATA_DIR ${dataDir} first.`, error);
    return readBesideService(dataDir, use);
  }
  try {
    return await engine.withoutTimeLimit((pool) => readBackup(createDatabase({ pool }), use));
  } finally {
    await engine.close();
  }
}
