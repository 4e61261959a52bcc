import { exampleRequest, type ExampleRequest, exampleValue, ULID } from './examples.ts';
import {
  type OpenApiDocument,
  type Operation,
  type Parameter,
  resolve,
  type Route,
  routesByTag,
  type Schema,
} from './openapi-document.ts';

/** docs/API.md: every route with who may call it, what it takes, what it answers and a line to try it with. */
export function apiMarkdown(introduction: string, document: OpenApiDocument): string {
  const tags = [...routesByTag(document)];
  return [
    introduction.trim(),
    '',
    '## Routes',
    '',
    '| route | does | who |',
    '| --- | --- | --- |',
    ...tags.flatMap(([, routes]) =>
      routes.map(
        (route) => `| ${link(route)} | ${cell(route.operation.summary)} | ${who(route.operation)} |`,
      ),
    ),
    '',
    ...tags.flatMap(([tag, routes]) => [
      `## ${tag}`,
      '',
      `To try: [http/${fileName(tag)}](http/${fileName(tag)})`,
      '',
      ...routes.flatMap((route) => section(route, document)),
    ]),
  ].join('\n');
}

export const fileName = (tag: string): string => `${tag.replaceAll(' ', '-')}.http`;

const title = ({ method, path }: Route): string => `${method} ${path}`;

function link(route: Route): string {
  const place = title(route)
    .toLowerCase()
    .replace(/[^a-z0-9_ -]/g, '')
    .replaceAll(' ', '-');
  return `[\`${title(route)}\`](#${place})`;
}

function who({ security, tags, 'x-role': role }: Operation): string {
  if (role !== undefined) return role;
  return tags.includes('webhooks') && (security ?? []).length === 0
    ? 'the source, by its secret'
    : 'everybody';
}

function section(route: Route, document: OpenApiDocument): string[] {
  const { operation } = route;
  const request = exampleRequest(route);
  return [
    `### ${title(route)}`,
    '',
    `${operation.summary}.${operation.description === undefined ? '' : ` ${operation.description}`}`,
    '',
    `For: ${who(operation)}.`,
    '',
    ...parameterTable(operation.parameters ?? []),
    ...bodyTable(operation, document),
    '```bash',
    curl(request),
    '```',
    '',
    ...answer(operation, document),
  ];
}

function parameterTable(parameters: Parameter[]): string[] {
  if (parameters.length === 0) return [];
  return [
    '| parameter | in | kind | |',
    '| --- | --- | --- | --- |',
    ...parameters.map(
      ({ name, in: place, required, schema, description = '' }) =>
        `| \`${name}\` | ${place} | ${kind(schema)}${required ? ', required' : ''} | ${cell(description)} |`,
    ),
    '',
  ];
}

function bodyTable({ requestBody }: Operation, document: OpenApiDocument): string[] {
  const media = requestBody?.content['application/json'];
  if (!media) return [];
  const shapes = media.schema.oneOf?.filter(({ $ref }) => $ref !== undefined) ?? [];
  if (shapes.length === 0) return fieldTable(media.schema, document);
  return [
    'The body is one of these:',
    '',
    ...Object.entries(media.examples ?? {}).flatMap(([name, { summary = '', value }], index) => [
      `**${name}**: ${summary}.`,
      '',
      ...fieldTable(shapes[index] ?? {}, document),
      '```json',
      JSON.stringify(value),
      '```',
      '',
    ]),
  ];
}

function fieldTable(given: Schema, document: OpenApiDocument): string[] {
  const { properties = {}, required = [] } = resolve(given, document);
  if (Object.keys(properties).length === 0) return [];
  return [
    '| field of the body | kind | |',
    '| --- | --- | --- |',
    ...Object.entries(properties).map(([name, field]) => {
      const schema = resolve(field, document);
      return `| \`${name}\` | ${kind(schema)}${required.includes(name) ? ', required' : ''} | ${cell(schema.description ?? '')} |`;
    }),
    '',
  ];
}

function kind(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(' ');
  const types = [
    schema.type ?? (schema.oneOf ?? schema.anyOf ?? []).flatMap(({ type }) => type ?? []),
  ].flat();
  const names = types.map((type) =>
    type === 'string' && schema.format === 'date-time' ? 'date and time' : (KINDS[type] ?? type),
  );
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined
      ? ` ${schema.minimum} to ${schema.maximum}`
      : '';
  const preset = schema.default === undefined ? '' : ` (${String(schema.default)})`;
  return `${[...new Set(names)].join(' or ') || 'any'}${range}${preset}`;
}

const KINDS: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  array: 'list',
  integer: 'number',
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function curl(request: ExampleRequest): string {
  const query = request.query
    .filter(({ isUsed }) => isUsed)
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  const address = `"$URL${request.path.replace(/\{\{\w+\}\}/g, ULID)}${query.length > 0 ? `?${query.join('&')}` : ''}"`;
  const lines = [
    `curl${request.method === 'GET' ? '' : ` -X ${request.method}`} ${address}`,
    ...(request.isKeyNeeded ? ['-H "Authorization: Bearer $KEY"'] : []),
    ...request.headers
      .filter(({ isUsed }) => isUsed)
      .map(({ name, value }) => `-H "${name}: ${value.replace(/\{\{(\w+)\}\}/g, '$SECRET')}"`),
    ...(request.body === undefined
      ? []
      : [
          '-H "Content-Type: application/json"',
          `-d '${JSON.stringify(request.body).replaceAll("'", "'\\''")}'`,
        ]),
  ];
  return lines.join(' \\\n  ');
}

function answer({ responses }: Operation, document: OpenApiDocument): string[] {
  const [status = '', response] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? [];
  const failures = Object.entries(responses).filter(([code]) => Number(code) >= 400);
  const others = failures
    .filter(([code]) => !COMMON_FAILURES.has(code))
    .map(([code, { description }]) =>
      /^[a-z_]+( or [a-z_]+)*$/.test(description) ? `${code} ${description}` : code,
    );
  const schema = response?.content?.['application/json']?.schema;
  return [
    schema
      ? `Answers ${status}:`
      : `Answers ${status}${Object.keys(response?.content ?? {})
          .map((type) => `, \`${type}\``)
          .join('')}.`,
    '',
    ...(schema
      ? ['```json', JSON.stringify(shortened(exampleValue('', schema, document)), null, 2), '```', '']
      : []),
    ...(others.length > 0 ? [`Or ${others.map((text) => `\`${text}\``).join(', ')}.`, ''] : []),
  ];
}

/** Said once for all routes, in the introduction. */
const COMMON_FAILURES = new Set(['401', '403', '413', '415', '429', '500']);

/** An example answers what is there: in an envelope that it was well. */
function shortened(example: unknown): unknown {
  return typeof example === 'object' && example !== null && 'requestId' in example
    ? { ...example, requestId: ULID }
    : example;
}
