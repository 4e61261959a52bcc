import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { transform } from '@swc/core';

/**
 * `node test/upgrade/build-release.ts COMMIT`: that commit's code, compiled, with the packages of this checkout, and from
 * the registry those that it needs and this checkout has no more. Prints where it is: among these packages, so that it
 * finds them and goes with them. Made once per installation and commit. Run by plain Node, so it imports nothing of the
 * project.
 */
const [commit] = process.argv.slice(2);
if (!commit) throw new Error('usage: build-release.ts COMMIT');
const repository = join(import.meta.dirname, '../..');
const cache = join(repository, 'node_modules/.cache');
const target = join(cache, `clankerbot-release-${commit}`);
if (!existsSync(target)) {
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${target}-`);
  const archive = execFileSync('git', ['archive', commit, 'src', 'package.json'], {
    cwd: repository,
    maxBuffer: 1 << 28,
  });
  execFileSync('tar', ['-x', '-C', draft], { input: archive });
  await compile(join(draft, 'src'), join(draft, 'dist'));
  fetchMissingPackages(draft);
  renameSync(draft, target);
} else fetchMissingPackages(target);
process.stdout.write(target);

async function compile(source: string, output: string): Promise<void> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' });
  await Promise.all(
    files.map(async (file) => {
      const to = join(output, file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(to), { recursive: true });
      if (file.endsWith('.json')) writeFileSync(to, readFileSync(join(source, file)));
      if (!file.endsWith('.ts') || file.endsWith('.spec.ts')) return;
      const { code } = await transform(readFileSync(join(source, file), 'utf8'), {
        filename: join(source, file),
        swcrc: false,
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      });
      writeFileSync(to, code);
    }),
  );
}

/** In the versions that it names, beside its code: an install in its folder would bring all of the others, too. */
function fetchMissingPackages(release: string): void {
  const { dependencies } = JSON.parse(readFileSync(join(release, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const isMissing = ([name]: [string, string]): boolean =>
    [repository, release].every((folder) => !existsSync(join(folder, 'node_modules', name)));
  const missing = Object.entries(dependencies).filter(isMissing);
  if (missing.length === 0) return;
  const aside = mkdtempSync(join(release, 'packages-'));
  const manifest = { private: true, dependencies: Object.fromEntries(missing) };
  writeFileSync(join(aside, 'package.json'), JSON.stringify(manifest));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: aside,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(join(aside, 'node_modules'), join(release, 'node_modules'));
}
