import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { createDatabase } from '../database.js';
import type { DatabaseEngine } from '../database-engine.js';
import { DataDirError } from '../storage.errors.js';
import { PgliteEngine } from '../pglite-engine.js';
import { doorOf } from '../local-socket.js';
import { linesOf } from './backup-reader.js';
import { readBackup } from './backup-writer.js';
import { BackupError } from './backup.errors.js';

/** Reads the whole database; the embedded one through the service where that has it. */
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
    return readThroughDoor(dataDir, use);
  }
  try {
    return await engine.withoutTimeLimit((pool) => readBackup(createDatabase({ pool }), use));
  } finally {
    await engine.close();
  }
}

async function readThroughDoor<T>(
  dataDir: string,
  use: (lines: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const socket = createConnection(doorOf(dataDir));
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw new BackupError(
      `The service that uses DATA_DIR ${dataDir} gives no backup now: wait until it is ready, run this as its user, or stop it.`,
      error,
    );
  }
  try {
    return await use(linesOf(socket));
  } finally {
    socket.destroy();
  }
}
