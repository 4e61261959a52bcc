import { readCommandLine, report, RESTORE_USAGE } from './backup-command.js';
import { failStart } from '../fail-start.js';
import { readBackupFile, refuseUnreadable } from '../storage/backup/backup-file.js';
import { loadBackup } from '../storage/backup/backup-loader.js';
import { sealedElsewhere } from '../storage/backup/sealed-elsewhere.js';
import { createDatabase } from '../storage/database.js';
import { SealingKeys } from '../storage/sealing-keys.js';
import { createEngine } from '../storage/storage.module.js';

/** `npm run restore -- FILE`: puts a backup into an empty database, all of it or nothing. The service is stopped. */
async function restore(): Promise<void> {
  const { file, config } = readCommandLine(RESTORE_USAGE);
  refuseUnreadable(file);
  const engine = createEngine(config, { onWait: report });
  await engine.open();
  try {
    const summary = await engine.withoutTimeLimit((pool) =>
      loadBackup(createDatabase({ pool }), readBackupFile(file)),
    );
    report(`Restored ${summary.rows} rows of ${summary.tables} tables`);
    const closed = await sealedElsewhere(engine.pool, new SealingKeys(config, engine).all());
    if (closed !== undefined) report(closed);
  } finally {
    await engine.close();
  }
}

restore().then(() => process.exit(0), failStart);
