// Turns schemas into the layout that kubeconform reads: KIND-GROUP-VERSION.json, each with all it refers to.
//
//   node scripts/write-kubernetes-schemas.mjs kubernetes FROM TO   a directory of the Python package kubernetes-validate
//   node scripts/write-kubernetes-schemas.mjs crds FROM TO         a directory of CustomResourceDefinitions
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const [mode, from, to] = process.argv.slice(2);
mkdirSync(to, { recursive: true });

const REFERENCE =
  /^(?:\/api\/)?_definitions\.json#\/(?:\$defs|definitions)\/(.+)$|^#\/(?:\$defs|definitions)\/(.+)$/;

/** A copy whose references point into the document itself; tells `found` of every name that is referred to. */
function localize(schema, found) {
  if (Array.isArray(schema)) return schema.map((item) => localize(item, found));
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$id' || key === '$schema') continue;
    const name = key === '$ref' && typeof value === 'string' ? REFERENCE.exec(value) : null;
    copy[key] = name ? `#/definitions/${found(name[1] ?? name[2])}` : localize(value, found);
  }
  return copy;
}

function standalone(schema, definitions) {
  const names = new Set();
  const found = (name) => names.add(name) && name;
  const whole = localize(schema, found);
  whole.definitions = {};
  // A set grows while it is walked, until everything that is referred to is in it.
  for (const name of names) whole.definitions[name] = localize(definitions[name], found);
  return whole;
}

function writeKubernetes() {
  const read = (file) => JSON.parse(readFileSync(join(from, file), 'utf8'));
  const library = read('_definitions.json');
  const definitions = library.$defs ?? library.definitions;
  for (const file of readdirSync(from)) {
    if (file === '_definitions.json' || file === 'all.json') continue;
    writeFileSync(join(to, file), JSON.stringify(standalone(read(file), definitions)));
  }
}

/** As the API server does by default: a field that the definition does not have is a mistake. */
function close(schema) {
  if (Array.isArray(schema)) return schema.map(close);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
  if (copy.properties && copy.type === 'object' && !copy['x-kubernetes-preserve-unknown-fields']) {
    copy.additionalProperties ??= false;
  }
  return copy;
}

function writeCustomResources() {
  for (const file of readdirSync(from)) {
    const { spec, kind } = parse(readFileSync(join(from, file), 'utf8'));
    if (kind !== 'CustomResourceDefinition') continue;
    for (const { name: version, schema } of spec.versions) {
      const closed = close(schema.openAPIV3Schema);
      closed.properties.metadata = { type: 'object' };
      const name = `${spec.names.kind}-${spec.group.split('.')[0]}-${version}.json`.toLowerCase();
      writeFileSync(join(to, name), JSON.stringify(closed));
    }
  }
}

if (mode === 'kubernetes') writeKubernetes();
else if (mode === 'crds') writeCustomResources();
else throw new Error('usage: write-kubernetes-schemas.mjs kubernetes|crds FROM TO');
