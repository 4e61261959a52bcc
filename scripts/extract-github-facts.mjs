/**
 * Writes test/github-sandbox/github-facts.json: what GitHub's own OpenAPI document says about the operations that we have. The document is in
 * @octokit/openapi, which is 385 MB unpacked and so no dependency:
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
 *   node scripts/extract-github-facts.mjs package/generated/api.github.com.json
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const operations = join(import.meta.dirname, '../src/integrations/github/operations');
const own = readdirSync(operations)
  .toSorted()
  .flatMap((file) => [...readFileSync(join(operations, file), 'utf8').matchAll(/route: '([A-Z]+) (\S+)'/g)])
  .map(([, method, path]) => ({ method, path }));
/** What a GitHub App says who it is with. */
const more = [
  { method: 'GET', path: '/app/installations' },
  { method: 'GET', path: '/repos/{owner}/{repo}/installation' },
  { method: 'POST', path: '/app/installations/{installation_id}/access_tokens' },
];
const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const kept = new Map();

function resolved(value) {
  const reference = value?.$ref;
  if (reference === undefined) return value;
  return reference
    .slice(2)
    .split('/')
    .reduce((at, key) => at[key.replaceAll('~1', '/')], document);
}

const LEFT_OUT = new Set([
  'description',
  'example',
  'examples',
  'title',
  'summary',
  'deprecated',
  'default',
  'externalDocs',
]);

/** OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`. */
function schemaOf(schema, isNameOfField = false) {
  if (Array.isArray(schema)) return schema.map((entry) => schemaOf(entry));
  if (typeof schema !== 'object' || schema === null) return schema;
  if (!isNameOfField && typeof schema.$ref === 'string') return { $ref: keep(schema.$ref) };
  const { nullable, ...rest } = isNameOfField ? { nullable: false, ...schema } : schema;
  const entries = Object.entries(isNameOfField ? schema : rest)
    .filter(([key]) => isNameOfField || !(LEFT_OUT.has(key) || key.startsWith('x-') || key === 'format'))
    .map(([key, value]) => [key, schemaOf(value, !isNameOfField && key === 'properties')]);
  const plain = Object.fromEntries(entries);
  return nullable === true ? { anyOf: [{ type: 'null' }, plain] } : plain;
}

function keep(reference) {
  const name = reference.split('/').at(-1);
  if (!kept.has(name)) {
    kept.set(name, undefined);
    kept.set(name, schemaOf(resolved({ $ref: reference })));
  }
  return `#/schemas/${name}`;
}

function find({ method, path }) {
  const found = Object.entries(document.paths).find(
    ([theirs]) => theirs.replaceAll(/\{\w+\}/g, '{}') === path.replaceAll(/\{\w+\}/g, '{}'),
  );
  const operation = found?.[1][method.toLowerCase()];
  if (!operation) throw new Error(`GitHub has no ${method} ${path}`);
  return { found, operation };
}

/** Where the document shows a part only. */
const SHOWN_BETTER_BY = new Map([
  [
    'GET /repos/{owner}/{repo}/issues/{issue_number}',
    { method: 'POST', path: '/repos/{owner}/{repo}/issues' },
  ],
]);

/** The status and body of a success, as GitHub documents it. */
function exampleOf(route) {
  const better = SHOWN_BETTER_BY.get(`${route.method} ${route.path}`);
  if (better) return { status: 200, body: exampleOf(better).body };
  const [status, answer] = Object.entries(find(route).operation.responses).find(([code]) =>
    code.startsWith('2'),
  );
  const { examples, example } = resolved(answer).content?.['application/json'] ?? {};
  // Where there are several, some show a part only.
  const all = Object.values(examples ?? {}).map((one) => resolved(one).value);
  const [largest] = all.toSorted((a, b) => JSON.stringify(b).length - JSON.stringify(a).length);
  return { status: Number(status), body: example ?? largest ?? null };
}

function factsOf(route) {
  const { found, operation } = find(route);
  const parameters = [...(found[1].parameters ?? []), ...(operation.parameters ?? [])].map(resolved);
  const body = operation.requestBody?.content?.['application/json']?.schema;
  return {
    operationId: operation.operationId,
    path: found[0],
    parameters: parameters.map(({ name, in: place, required = false, schema }) => ({
      name,
      in: place,
      required,
      schema: schemaOf(schema),
    })),
    ...(body === undefined ? {} : { body: schemaOf(body) }),
    answers: Object.fromEntries(
      Object.entries(operation.responses).map(([status, answer]) => {
        const schema = status.startsWith('2')
          ? resolved(answer).content?.['application/json']?.schema
          : undefined;
        return [status, schema === undefined ? null : schemaOf(schema)];
      }),
    ),
  };
}

const routes = Object.fromEntries(
  [...own, ...more].map((route) => [`${route.method} ${route.path}`, factsOf(route)]),
);
const facts = {
  source: `@octokit/openapi ${process.argv[3] ?? '23.0.2'}, api.github.com ${document.info.version}`,
  routes,
  schemas: Object.fromEntries([...kept].toSorted(([a], [b]) => (a < b ? -1 : 1))),
};
const examples = Object.fromEntries(
  [...own, ...more].map((route) => [`${route.method} ${route.path}`, exampleOf(route)]),
);
writeFileSync(
  join(import.meta.dirname, '../test/github-sandbox/github-examples.json'),
  `${JSON.stringify(examples)}\n`,
);
const target = join(import.meta.dirname, '../test/github-sandbox/github-facts.json');
writeFileSync(target, `${JSON.stringify(facts)}\n`);
console.log(`${Object.keys(routes).length} routes, ${kept.size} schemas`);
