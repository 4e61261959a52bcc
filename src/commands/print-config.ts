import { CONFIG_SECTIONS } from '../app.config.js';
import { ConfigError } from '../config/config-error.js';
import { readEnvironment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';
import { printConfig } from '../config/print-config.js';
import { createRedactor } from '../observability/redaction.js';

/** `npm run config`: what the service would start with, secrets masked. */
try {
  const config = loadConfig(CONFIG_SECTIONS, readEnvironment());
  // Also what is secret within a value that is not, such as the password in a URL.
  const redact = createRedactor(config.secretTexts);
  process.stdout.write(`${redact(printConfig(config))}\n`);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${createRedactor([])(error.message)}\n`);
  process.exitCode = 1;
}
