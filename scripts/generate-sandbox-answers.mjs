// Writes test/clockify-sandbox/answers.json from the vendor's OpenAPI document, given as the first argument:
// which fields each answer has and of which type. Facts only.
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { MISSING_PATHS } from './clockify-supplement.mjs';

const OUT = 'test/clockify-sandbox/answers.json';
const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error('Usage: node scripts/generate-sandbox-answers.mjs PATH_TO_OPENAPI');
  process.exit(2);
}
const { paths, components } = parse(readFileSync(source, 'utf8'));
Object.assign(paths, MISSING_PATHS);
const used = new Map();

/** A type in a few letters: `text`, `date-time`, `A|B|C`, `@Name`, `[items]`, `any`. */
function typeOf(schema) {
  if (schema.$ref) return referTo(schema.$ref.split('/').at(-1));
  if (schema.type === 'array') return [typeOf(schema.items)];
  if (schema.enum) return schema.enum.join('|');
  if (schema.type === 'object' || schema.properties) return 'any';
  if (schema.type === 'string') return ['date-time', 'date'].includes(schema.format) ? schema.format : 'text';
  return schema.type ?? 'any';
}

function referTo(name) {
  const schema = components.schemas[name];
  // Enumerations are documented as objects as well; the wire has the text.
  const wire = schema.oneOf?.length === 1 ? schema.oneOf[0] : schema;
  if (wire.enum) return wire.enum.join('|');
  if (!schema.properties) return 'any';
  if (!used.has(name)) {
    used.set(name, undefined); // First, because schemas may refer to themselves.
    const fields = Object.entries(schema.properties).map(([field, value]) => [field, typeOf(value)]);
    used.set(name, Object.fromEntries(fields));
  }
  return `@${name}`;
}

const answers = Object.values(paths).flatMap((item) =>
  Object.values(item)
    .filter((operation) => operation.operationId)
    .flatMap((operation) => {
      const [, response] = Object.entries(operation.responses).find(([status]) => status.startsWith('2'));
      const schema = Object.values(response.content ?? {})[0]?.schema;
      return schema ? [[operation.operationId, typeOf(schema)]] : [];
    }),
);
const lines = (entries) =>
  entries.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n');
const shapes = [...used].sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(OUT, `{\n  "answers": {\n${lines(answers)}\n  },\n  "shapes": {\n${lines(shapes)}\n  }\n}\n`);
console.log(`${answers.length} answers, ${shapes.length} shapes`);
