// Writes helm/clankerbot/values.schema.json and the table of its README.md from values.yaml, its comments, and the
// variables of the built sources. With --check it writes nothing and fails where they are not current.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { isMap, isScalar, isSeq, parse, parseDocument } from 'yaml';
import { CONFIG_SECTIONS } from '../dist/app.config.js';
import { refine } from './chart-schema-rules.mjs';

const CHART = 'helm/clankerbot';
const values = parseDocument(readFileSync(`${CHART}/values.yaml`, 'utf8'));
const variables = CONFIG_SECTIONS.flatMap((section) => Object.entries(section.variables));

/** The comment before a key, from its `# --` on; without one, the key is a heading for what is inside it. */
function describe(comment) {
  const lines = (comment ?? '').split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith('--'));
  if (start < 0) return undefined;
  return lines
    .slice(start)
    .join(' ')
    .replace(/^--\s*/, '')
    .trim();
}

/** [path, node, description] of every value that has a description. */
function* described(map, path = [], firstComment = map.commentBefore) {
  for (const [i, { key, value }] of map.items.entries()) {
    const description = describe((i === 0 && firstComment) || key.commentBefore);
    const own = [...path, key.value];
    if (description !== undefined) yield [own, value, description];
    else if (isMap(value)) yield* described(value, own);
    else throw new Error(`${own.join('.')} in values.yaml has no description`);
  }
}

function typeOf(node) {
  if (isMap(node)) return { type: 'object' };
  if (isSeq(node)) return { type: 'array' };
  if (isScalar(node) && typeof node.value === 'boolean') return { type: 'boolean' };
  if (isScalar(node) && typeof node.value === 'number') return { type: 'integer' };
  return { type: 'string' };
}

function makeSchema(entries) {
  const root = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: {} };
  for (const [path, node, description] of entries) {
    let at = root;
    for (const name of path.slice(0, -1)) {
      at = at.properties[name] ??= { type: 'object', properties: {}, additionalProperties: false };
    }
    at.properties[path.at(-1)] = { description, ...typeOf(node) };
  }
  root.additionalProperties = false;
  return refine(root, variables);
}

function table(entries) {
  const text = (value) => String(value).replaceAll('|', '\\|');
  const rows = entries.map(([path, node, description]) => {
    const value = JSON.stringify(node.toJS(values));
    return `| \`${path.join('.')}\` | \`${text(value)}\` | ${text(description)} |`;
  });
  return ['| value | default | what it is for |', '| --- | --- | --- |', ...rows].join('\n');
}

async function put(path, text) {
  const formatted = await format(text, { ...(await resolveConfig(path)), filepath: path });
  if (!process.argv.includes('--check')) return writeFileSync(path, formatted);
  if (readFileSync(path, 'utf8') === formatted) return;
  console.error(`${path} is not current. Run: npm run docs:chart`);
  process.exitCode = 1;
}

const entries = [...described(values.contents)];
await put(`${CHART}/values.schema.json`, JSON.stringify(makeSchema(entries)));
const readme = readFileSync(`${CHART}/README.md`, 'utf8');
const [before, , after] = readme.split('<!-- values -->');
if (after === undefined) throw new Error(`${CHART}/README.md needs two lines <!-- values -->`);
await put(`${CHART}/README.md`, `${before}<!-- values -->\n\n${table(entries)}\n\n<!-- values -->${after}`);

const chart = parseDocument(readFileSync(`${CHART}/Chart.yaml`, 'utf8')).toJS();
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const { image, postgresql } = values.toJS();
const images = [`${image.repository}:${version}`, `${postgresql.image.repository}:${postgresql.image.tag}`];
const named = parse(chart.annotations['artifacthub.io/images']).map((entry) => entry.image);
if (chart.appVersion !== version || named.join() !== images.join()) {
  console.error(`Chart.yaml should have the appVersion ${version} and the images ${images.join(', ')}`);
  process.exitCode = 1;
}
