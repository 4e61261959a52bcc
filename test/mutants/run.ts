import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startPostgres } from '../support/postgres-server.ts';
import { allMutants } from './all-mutants.ts';
import { type Mutant, occurrences } from './mutant.ts';

/**
 * `npm run test:mutants [-- WORD …]`: plants one fault after another in a copy of the project and runs the tests that must
 * notice it; WORD chooses by the file's path or the fault's description. Fails where a fault lives that is not explained.
 */
const ROOT = join(import.meta.dirname, '../..');
const COPIED = ['src', 'test', 'scripts', 'docs', 'dist', 'package.json', 'tsconfig.json', 'nest-cli.json'];
const MINUTES_MAX = 10;

const words = process.argv.slice(2);
const chosen = allMutants.filter(
  ({ file, fault }) => words.length === 0 || words.some((word) => `${file} ${fault}`.includes(word)),
);
if (chosen.length === 0) throw new Error(`No fault is about ${words.join(', ')}`);

const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
const postgres = chosen.some(({ engine }) => engine === 'postgres') ? await startPostgres() : undefined;
const verdicts: string[] = [];
try {
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const mutant of chosen) {
    const verdict = judge(mutant);
    verdicts.push(verdict);
    console.log(`${verdict.padEnd(9)} ${mutant.file}: ${mutant.fault}`);
    if (verdict === 'explained') console.log(`          ${mutant.survives}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
  await postgres?.destroy();
}

const count = (verdict: string): number => verdicts.filter((each) => each === verdict).length;
const killed = count('killed');
console.log(
  `${killed} of ${verdicts.length} killed, ${count('explained')} explained, ${count('lives')} live, ${count('stale')} stale`,
);
process.exit(killed + count('explained') === verdicts.length && killed >= 0.9 * verdicts.length ? 0 : 1);

/** `stale`: its place is no longer in the code, or its tests cannot be run. Tests that never end have noticed it. */
function judge(mutant: Mutant): string {
  const path = join(copy, mutant.file);
  const sound = readFileSync(path, 'utf8');
  if (occurrences(sound, mutant.find) !== 1) return 'stale';
  writeFileSync(
    path,
    sound.replace(mutant.find, () => mutant.plant),
  );
  try {
    if (mutant.isBuilt === true && run('npm', ['run', '-s', 'build'], mutant).status !== 0) return 'stale';
    const { status, output } = test(mutant);
    if (status === 0) return mutant.survives === undefined ? 'lives' : 'explained';
    // A file that does not even load has shown nothing about the tests; one whose hooks fail has failed tests, too.
    const hasShown = /^Tests:.*\b[1-9]\d* failed/m.test(output) || status === null;
    return hasShown || !/Test suite failed to run|No tests found/.test(output) ? 'killed' : 'stale';
  } finally {
    writeFileSync(path, sound);
  }
}

function test(mutant: Mutant): { status: number | null; output: string } {
  const jest = join('node_modules', 'jest', 'bin', 'jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest];
  const named = mutant.only === undefined ? [] : ['-t', mutant.only];
  const options = ['-c', 'test/jest.config.mjs', '-w', '1', '--bail', '--no-cache', ...named];
  return run(process.execPath, [...flags, ...options, ...mutant.tests], mutant);
}

function run(
  command: string,
  args: readonly string[],
  { engine }: Mutant,
): { status: number | null; output: string } {
  const isOnPostgres = engine === 'postgres' && postgres !== undefined;
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: MINUTES_MAX * 60_000,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      ...(isOnPostgres ? { TEST_DATABASE_URL: postgres.url } : {}),
    },
  });
  return { status, output: stdout + stderr };
}
