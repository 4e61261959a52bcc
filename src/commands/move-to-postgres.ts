import { readStorageConfig, report } from './backup-command.js';
import { failStart } from '../fail-start.js';
import { loadBackup } from '../storage/backup/backup-loader.js';
import { BackupError } from '../storage/backup/backup.errors.js';
import { readFrom } from '../storage/backup/backup-source.js';
import { sealedElsewhere } from '../storage/backup/sealed-elsewhere.js';
import { createDatabase } from '../storage/database.js';
import { PgliteEngine } from '../storage/pglite-engine.js';
import { SealingKeys } from '../storage/sealing-keys.js';
import { createEngine } from '../storage/storage.module.js';

/** `npm run move-to-postgres`: copies the embedded database of DATA_DIR into the empty one of DATABASE_URL. */
async function moveToPostgres(): Promise<void> {
  const config = readStorageConfig();
  if (config.DATABASE_URL === undefined)
    throw new BackupError('Set DATABASE_URL to the empty Postgres to move to.');
  const target = createEngine(config, { onWait: report });
  await target.open();
  try {
    // Not through the running service: what it acknowledged afterwards would stay behind.
    const source = new PgliteEngine(config.DATA_DIR, undefined, undefined, report);
    const summary = await readFrom(
      source,
      (lines) => target.withoutTimeLimit((pool) => loadBackup(createDatabase({ pool }), lines)),
      { mayAskService: false },
    );
    report(
      `Moved ${summary.rows} rows of ${summary.tables} tables from ${config.DATA_DIR}, which is left as it was`,
    );
    const closed = await sealedElsewhere(target.pool, new SealingKeys(config, target).all());
    if (closed !== undefined) report(closed);
  } finally {
    await target.close();
  }
}

moveToPostgres().then(() => process.exit(0), failStart);
