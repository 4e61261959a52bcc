/**
 * Makes `dist/clockify-sandbox/` of `test/clockify-sandbox/`, for the scripts that start it. What it uses of the service
 * stays where `nest build` has put it.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const source = join(root, 'test/clockify-sandbox');
const output = join(root, 'dist/clockify-sandbox');

const compiledAlready = {
  name: 'compiled-already',
  setup({ onResolve }) {
    onResolve({ filter: /\/src\// }, ({ path }) => ({
      path: path.replace(/^.*\/src\//, '../'),
      external: true,
    }));
  },
};

await build({
  entryPoints: [join(source, 'clockify-sandbox.ts')],
  outdir: output,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  packages: 'external',
  plugins: [compiledAlready],
  logLevel: 'warning',
});
cpSync(join(source, 'answers.json'), join(output, 'answers.json'));
