import { setPriority } from 'node:os';
import { BACKUP_USAGE, readCommandLine, report } from './backup-command.js';
import { failStart } from '../fail-start.js';
import { saveMemory } from './frugal-process.js';
import { refuseExisting, refuseUnwritable, writeBackupFile } from '../storage/backup/backup-file.js';
import { readFrom } from '../storage/backup/backup-source.js';
import { createEngine } from '../storage/storage.module.js';

/** The service has people waiting, a backup has time; further down, a busy machine would never let it end. */
const BEHIND_THE_SERVICE = 5;

/** `npm run backup -- FILE`: all of the database as of now into FILE, while the service runs or not. */
async function backup(): Promise<void> {
  const { file, config } = readCommandLine(BACKUP_USAGE);
  refuseExisting(file);
  refuseUnwritable(file);
  setPriority(BEHIND_THE_SERVICE);
  const engine = createEngine(config, { onWait: report });
  const summary = await readFrom(engine, (lines) => writeBackupFile(file, lines));
  report(`Backed up ${summary.rows} rows of ${summary.tables} tables`);
}

saveMemory();
backup().then(() => process.exit(0), failStart);
