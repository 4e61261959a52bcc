import { CONFIG_SECTIONS } from '../app.config.js';
import { readEnvironment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';
import { BackupError } from '../storage/backup/backup.errors.js';
import { type StorageConfig, storageConfig } from '../storage/storage.config.js';

export const BACKUP_USAGE = 'Usage: npm run backup -- FILE (or - for standard output)';
export const RESTORE_USAGE = 'Usage: npm run restore -- FILE (or - for standard input)';

export function readCommandLine(usage: string): { file: string; config: StorageConfig } {
  const [file, ...rest] = process.argv.slice(2);
  if (file === undefined || file === '' || rest.length > 0) throw new BackupError(usage);
  return { file, config: readStorageConfig() };
}

export function readStorageConfig(): StorageConfig {
  return loadConfig(CONFIG_SECTIONS, readEnvironment()).get(storageConfig);
}

/** On standard error, because standard output may be the backup. */
export function report(sentence: string): void {
  process.stderr.write(`${sentence}.\n`);
}
