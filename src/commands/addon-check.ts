import { addonOf } from '../addons/addon.js';
import { addonsConfig } from '../addons/addons.config.js';
import { checkAddon } from '../addons/check/addon-check.js';
import { writtenRows } from '../addons/check/check-row.js';
import { CONFIG_SECTIONS } from '../app.config.js';
import { readEnvironment } from '../config/environment.js';
import { loadConfig } from '../config/load-config.js';

const USAGE = `Usage: npm run addon:check -- [BASE URL …]
  The addresses of add-ons, such as https://studio.example.com; by default those that are configured.
`;

/** `npm run addon:check -- [BASE URL …]`: what reviewers look at, with pass or fail; 1 where something fails. */
try {
  const given = process.argv.slice(2).map((url) => url.replace(/\/+$/, ''));
  const urls = given.length > 0 ? given : configuredUrls();
  if (urls.length === 0 || urls.some((url) => !/^https?:\/\/[^/]/.test(url))) throw new Error(USAGE);
  for (const url of urls) await print(url);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function print(url: string): Promise<void> {
  const rows = await checkAddon(url);
  process.stdout.write(`${url}\n${writtenRows(rows)}\n`);
  if (rows.some(({ outcome }) => outcome === 'fail')) process.exitCode = 1;
}

function configuredUrls(): string[] {
  const config = loadConfig(CONFIG_SECTIONS, readEnvironment()).get(addonsConfig);
  return config.ADDONS.flatMap((slug) => addonOf(slug, config).baseUrl ?? []).map((url) =>
    url.replace(/\/+$/, ''),
  );
}
