// Every variable of the service can be set by the chart and arrives under its own name: renders with all of them set.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { CONFIG_SECTIONS } from '../../dist/app.config.js';

const OWN = ['PORT', 'DATA_DIR', 'DATABASE_URL', 'REDIS_URL', 'MIGRATE_ON_START', 'PROCESS_ROLE'];
const schema = JSON.parse(readFileSync('helm/clankerbot/values.schema.json', 'utf8')).properties;

function sample({ type, enum: choices, pattern }) {
  if (choices) return choices[0];
  if (type.includes('integer')) return 123456789;
  if (type.includes('boolean')) return true;
  return pattern ? 'https://example.com' : 'text';
}

const fill = (properties) =>
  Object.fromEntries(Object.keys(properties).map((name) => [name, sample(properties[name])]));
const values = {
  config: { ...fill(schema.config.properties), shutdownGraceSeconds: 7 },
  secrets: fill(schema.secrets.properties),
};
const { stdout, stderr } = spawnSync('helm', ['template', 'clankerbot', 'helm/clankerbot', '--values', '-'], {
  input: JSON.stringify(values),
  encoding: 'utf8',
});
const objects = parseAllDocuments(stdout).map((document) => document.toJS());
const find = (kind, name) => {
  const found = objects.find((object) => object?.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`helm rendered no ${kind} ${name}: ${stderr}`);
  return found;
};

const config = find('ConfigMap', 'clankerbot-config').data;
const [container] = find('Deployment', 'clankerbot').spec.template.spec.containers;
const set = new Set([...Object.keys(config), ...container.env.map(({ name }) => name.replace(/_FILE$/, ''))]);
const variables = CONFIG_SECTIONS.flatMap((section) => Object.keys(section.variables));
const missing = variables.filter((name) => !set.has(name) && !OWN.includes(name));
const unknown = [...set].filter((name) => !variables.includes(name));
const rounded = Object.entries(config).filter(([, value]) => /e\+/.test(value));
if (missing.length + unknown.length + rounded.length > 0) {
  console.error({ missing, unknown, rounded });
  process.exit(1);
}
console.log(`${variables.length} variables known`);
