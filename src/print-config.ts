import { CONFIG_SECTIONS } from './app.config.js';
import { ConfigError } from './config/config-error.js';
import { readEnvironment } from './config/environment.js';
import { loadConfig } from './config/load-config.js';
import { printConfig } from './config/print-config.js';

/** `npm run config`: what the service would start with, secrets masked. */
try {
  process.stdout.write(`${printConfig(loadConfig(CONFIG_SECTIONS, readEnvironment()))}\n`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
