import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'clankerbot/container');

/** Where scripts/install-container-tools.sh has put them last. */
function newestInstallation(): string | undefined {
  if (!existsSync(CACHE)) return undefined;
  const folders = readdirSync(CACHE).map((name) => join(CACHE, name));
  return folders
    .filter((folder) => existsSync(join(folder, 'hadolint')))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}

const bin = newestInstallation();
if (bin === undefined) {
  if (process.env['CI'] === 'true') throw new Error('CI needs scripts/install-container-tools.sh');
  process.stderr.write('Skipping hadolint and compose-check: run scripts/install-container-tools.sh once.\n');
}

/** For what only the tools can say. Skipped where they are not installed, except in CI, which must have them. */
export const describeWithContainerTools = bin === undefined ? describe.skip : describe;

/** What the tool prints, and what it complains of; a complaint is no failure of this function. */
export function runTool(
  name: 'hadolint' | 'compose-check',
  args: readonly string[],
  options: Pick<ExecFileSyncOptions, 'input' | 'cwd'> = {},
): { output: string; complaint: string | undefined } {
  try {
    const output = execFileSync(join(bin ?? '', name), args, { encoding: 'utf8', stdio: 'pipe', ...options });
    return { output: output as string, complaint: undefined };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { output: stdout, complaint: `${stdout}${stderr}` };
  }
}
