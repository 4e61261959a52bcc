// Writes src/integrations/clockify/operations/operations.json from the vendor's OpenAPI document, given as the first argument.
// Facts only: names, methods, paths, types, limits. No sentence of the vendor's is kept.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { MISSING_PATHS } from './clockify-supplement.mjs';

const OUT = 'src/integrations/clockify/operations/operations.json';
const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error('Usage: node scripts/generate-clockify-operations.mjs PATH_TO_OPENAPI');
  process.exit(2);
}

const text = readFileSync(source, 'utf8');
const document = parse(text);
Object.assign(document.paths, MISSING_PATHS);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const HOSTS = [
  ['reports', /\/\/reports\./],
  ['audit', /\/\/auditlog/],
  ['core', /./],
];
/** The document gives these dates as plain strings and their form in prose. */
const DATE_TIME_PROSE = /yyyy-MM-ddThh:mm:ssZ/i;
const KEPT = [
  'type',
  'format',
  'enum',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'pattern',
  'required',
  'deprecated',
];

/** Documented as text, although the values are these. */
const QUERY_TYPES = {
  archived: ['boolean', 'string'],
  'in-progress': ['boolean', 'string'],
  'include-roles': ['boolean', 'string'],
  'send-email': ['boolean', 'string'],
  page: 'integer',
  'page-size': 'integer',
  limit: 'integer',
};
/** Paged where no general rule finds it: the page stands inside a filter, the list has no count beside it. */
const EXCEPTIONS = {
  generateDetailedReport: {
    result: { status: 200, kind: 'envelope', listPath: ['timeentries'] },
    paging: { in: 'body', under: 'detailedFilter', page: 'page', size: 'pageSize', first: 1 },
  },
  getAuditLogs: { result: { status: 200, kind: 'envelope', listPath: ['response'] } },
  generateDetailedReportV1: { result: { status: 200, kind: 'envelope', listPath: ['expenses'] } },
};

/** Documented as an object of the vendor's program; the wire has the id as text. */
const SCHEMA_EXCEPTIONS = { TimeEntryId: { type: 'string' } };

/** Not in the document, but what callers send by our own contract; Clockify takes or ignores it. */
const MORE_FIELDS = { CreateClientRequestV1: { archived: { type: 'boolean' } } };

const used = new Map();

/** A schema's facts, as JSON Schema; named schemas become references and are collected. */
function schemaOf(schema) {
  if (schema.$ref !== undefined) return referTo(schema.$ref.split('/').at(-1));
  // An enumeration that is documented as an object as well; the wire has the text.
  if (schema.oneOf?.length === 1) return schemaOf(schema.oneOf[0]);
  if (schema.oneOf)
    throw new Error(`A choice of schemas is not handled: ${JSON.stringify(schema).slice(0, 200)}`);
  // An object without properties is a value of any kind: what a custom field holds.
  if (schema.type === 'object' && !schema.properties && !schema.additionalProperties) return {};
  const facts = {};
  for (const key of KEPT) if (schema[key] !== undefined) facts[key] = schema[key];
  if (schema.type === 'string' && schema.format === undefined && schema.enum === undefined)
    if (DATE_TIME_PROSE.test(schema.description ?? '')) facts.format = 'date-time';
  if (facts.type === 'object' || schema.properties) {
    facts.type = 'object';
    const entries = Object.entries(schema.properties ?? {});
    if (entries.length > 0) facts.properties = Object.fromEntries(entries.map(([k, v]) => [k, schemaOf(v)]));
    if (typeof schema.additionalProperties === 'object')
      facts.additionalProperties = schemaOf(schema.additionalProperties);
  }
  if (schema.items) facts.items = schemaOf(schema.items);
  return facts;
}

function referTo(name) {
  if (!used.has(name)) {
    used.set(name, undefined); // First, because schemas may refer to themselves.
    const schema = SCHEMA_EXCEPTIONS[name] ?? schemaOf(document.components.schemas[name]);
    if (MORE_FIELDS[name]) Object.assign(schema.properties, MORE_FIELDS[name]);
    used.set(name, schema);
  }
  return { $ref: `#/$defs/${name}` };
}

function resolve(schema) {
  return schema?.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)];
}

function parameterOf(parameter) {
  const { name, in: place, required = false } = parameter;
  const described = { description: parameter.description, ...parameter.schema };
  if (place === 'query' && described.type === 'string' && QUERY_TYPES[name]) {
    described.type = QUERY_TYPES[name];
    if (described.default !== undefined) described.default = JSON.parse(described.default);
  }
  return { name, in: place, ...(required ? { required } : {}), schema: schemaOf(described) };
}

function bodyOf(operation) {
  const content = operation.requestBody?.content;
  if (content === undefined) return {};
  const [contentType] = Object.keys(content);
  const { required = false } = operation.requestBody;
  return {
    body: { contentType, ...(required ? { required } : {}), schema: schemaOf(content[contentType].schema) },
  };
}

/** Where the list stands in an object result: `{invoices, total}` has it one step down, expenses two. */
function listPath(schema, depth = 0) {
  const properties = Object.entries(schema?.properties ?? {});
  const lists = properties.filter(([, value]) => value.type === 'array').map(([name]) => name);
  const counts = properties.filter(([name]) => /^(count|total|workspaceWebhookCount)$/.test(name));
  if (lists.length === 1 && counts.length > 0) return { listPath: [lists[0]] };
  if (depth > 0) return undefined;
  for (const [name, value] of properties) {
    const inner = listPath(resolve(value), depth + 1);
    if (inner) return { listPath: [name, ...inner.listPath] };
  }
  return undefined;
}

function resultOf(operation) {
  const [status, response] = Object.entries(operation.responses).find(([code]) => code.startsWith('2'));
  const [contentType] = Object.keys(response.content ?? {});
  const schema = resolve(response.content?.[contentType]?.schema);
  const isFile =
    schema?.type === 'string' &&
    (schema.format === 'binary' || schema.format === 'byte' || contentType === '*/*');
  const envelope = schema?.type === 'object' ? listPath(schema) : undefined;
  const kind = !schema
    ? 'none'
    : isFile
      ? 'file'
      : schema.type === 'array'
        ? 'list'
        : envelope
          ? 'envelope'
          : 'object';
  return { status: Number(status), kind, ...envelope };
}

/** The names of the page number and page size, in the query or in the body. */
function pagingOf(operation) {
  const query = (operation.parameters ?? []).filter((p) => p.in === 'query').map((p) => [p.name, p.schema]);
  const [media] = Object.values(operation.requestBody?.content ?? {});
  const places = { query: Object.fromEntries(query), body: resolve(media?.schema)?.properties ?? {} };
  for (const [place, fields] of Object.entries(places)) {
    const size = ['page-size', 'pageSize', 'size', 'limit'].find((name) => fields[name]);
    if (fields.page && size)
      return { paging: { in: place, page: 'page', size, first: Number(fields.page.default ?? 1) } };
  }
  return {};
}

function operationOf(path, method, item) {
  const operation = item[method];
  const [server] = operation.servers ?? item.servers ?? document.servers;
  const [host] = HOSTS.find(([, pattern]) => pattern.test(server.url));
  const result = resultOf(operation);
  const paging = pagingOf(operation);
  const isList = result.kind === 'list' || result.kind === 'envelope';
  const sendsLastPage = host === 'core' && method === 'get' && isList && paging.paging;
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    host,
    tags: operation.tags.map((tag) =>
      tag
        .toLowerCase()
        .replace(/\s*\(.*\)/, '')
        .replace(/\s+/g, '-'),
    ),
    parameters: (operation.parameters ?? []).map(parameterOf),
    ...bodyOf(operation),
    result,
    ...paging,
    ...(sendsLastPage ? { lastPageHeader: true } : {}),
    ...EXCEPTIONS[operation.operationId],
  };
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => operationOf(path, method, item)),
);
const schemas = Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1)));

const lines = (entries) => entries.map((entry) => `    ${entry}`).join(',\n');
writeFileSync(
  OUT,
  `{
  "source": ${JSON.stringify({ version: document.info.version, sha256: createHash('sha256').update(text).digest('hex') })},
  "operations": [
${lines(operations.map((operation) => JSON.stringify(operation)))}
  ],
  "schemas": {
${lines(Object.entries(schemas).map(([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`))}
  }
}
`,
);
console.log(`${operations.length} operations, ${Object.keys(schemas).length} schemas`);
