/**
 * Makes `dist/bundle/` of `dist/main.js`: the service and the packages it uses in a few files, because reading more
 * than three thousand modules one by one is half of a start. What is left out is found in node_modules as before; the
 * commands (migrate, backup, …) are not bundled.
 */
import { readFileSync, rmSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const compiled = join(root, 'dist');
const output = join(compiled, 'bundle');

/** Packages that read files or start threads beside their own code, and those that Nest asks for and we do not have. */
const LEFT_OUT = [
  '@electric-sql/pglite',
  'pino',
  'pino-pretty',
  'pg-native',
  '@fastify/*',
  '@nestjs/microservices',
  '@nestjs/websockets',
];

/** Bundled although they look for something beside their own code: nothing that this service asks them for. */
const KNOWN_TO_LOOK = new Map([
  ['@nestjs/common', 'loads packages by name for features that are not used'],
  ['@nestjs/mapped-types', 'loads class-validator to derive one DTO from another, which no DTO here does'],
  ['@nestjs/swagger', 'finds swagger-ui-dist, which is in node_modules'],
  ['@nestjs/terminus', 'its gRPC indicator is not used; its decorator finds @nestjs/swagger in node_modules'],
  ['ioredis', 'finds its Lua commands by name only when told to'],
]);

const LOOKS_BESIDE_ITSELF = /\b__dirname\b|\b__filename\b|\bimport\.meta\.(url|dirname|filename)\b/;

/**
 * Our own modules know their neighbours by `import.meta.url`, and Nest, the metrics and the API's schemas know a class
 * by its name, which esbuild changes where another one has it. (Its own `keepNames` names every closure each time it is
 * made.) Both stay what they were where the code was compiled.
 */
const keepPlacesAndNames = {
  name: 'keep-places-and-names',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?js$/, namespace: 'file' }, ({ path }) => {
      const owner = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      let contents = readFileSync(path, 'utf8');
      if (LOOKS_BESIDE_ITSELF.test(contents)) {
        if (owner === undefined) contents = contents.replaceAll('import.meta.url', placeOf(path));
        else if (!KNOWN_TO_LOOK.has(owner))
          return { errors: [{ text: `${path} looks beside itself: leave ${owner} out, or say why it may` }] };
      }
      if (owner === undefined || owner.startsWith('@nestjs/'))
        contents = contents.replace(TOP_LEVEL_CLASS, '$& static { nameClass(this, "$<name>"); }');
      return { contents };
    });
  },
};

/** `await import()` of a package in CommonJS answers all its names in Node, but only `default` in a bundle. */
const nameWhatIsImportedLater = {
  name: 'name-what-is-imported-later',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /./ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'seen') return undefined;
      const found = await resolve(path, { kind, resolveDir, pluginData: 'seen' });
      if (found.external || found.errors.length > 0 || !isCommonJs(found.path)) return found;
      return { path: found.path, namespace: 'imported-later' };
    });
    onLoad({ filter: /./, namespace: 'imported-later' }, async ({ path }) => {
      const names = Object.keys(await import(pathToFileURL(path))).filter(
        (name) => /^\w+$/.test(name) && name !== 'default',
      );
      return {
        contents: `import * as all from ${JSON.stringify(path)}; export default all; export const { ${names.join(', ')} } = all;`,
        resolveDir: root,
      };
    });
  },
};

const isCommonJs = (path) =>
  path.endsWith('.cjs') ||
  (path.endsWith('.js') &&
    JSON.parse(readFileSync(findPackageJSON(pathToFileURL(path)), 'utf8')).type !== 'module');

/** As TypeScript prints it, decorated or not. */
const TOP_LEVEL_CLASS = /^(?:export )?(?:let \w+ = (?:\w+ = )?)?class (?<name>\w+)(?: extends [^{\n]+)? \{/gm;
const BANNER = `
import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url); // Packages in CommonJS call it for Node's own modules.
const nameClass = (type, value) => Object.defineProperty(type, 'name', { value, configurable: true });`;

const placeOf = (path) => `new URL(${JSON.stringify(relative(output, path))}, import.meta.url).href`;

rmSync(output, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [join(compiled, 'main.js')],
  outdir: output,
  bundle: true,
  splitting: true, // What is loaded on demand stays so.
  platform: 'node',
  target: 'node24',
  format: 'esm',
  external: LEFT_OUT,
  plugins: [keepPlacesAndNames, nameWhatIsImportedLater],
  banner: { js: BANNER },
  // The text of the code stays in memory, so without indentation; names stay, and lines short, for stack traces.
  minifyWhitespace: true,
  lineLimit: 120,
  legalComments: 'none', // node_modules stands beside it, licences included.
  metafile: true,
  logLevel: 'warning',
});

const bytes = Object.values(metafile.outputs).reduce((sum, file) => sum + file.bytes, 0);
const modules = Object.keys(metafile.inputs).length;
console.log(
  `dist/bundle: ${modules} modules in ${Object.keys(metafile.outputs).length} files, ${(bytes / 1e6).toFixed(1)} MB`,
);
