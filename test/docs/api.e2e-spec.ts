import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { apiDocs } from '../../scripts/api-docs/api-docs.ts';
import type { OpenApiDocument } from '../../scripts/api-docs/openapi-document.ts';
import { EventHandlers } from '../../src/events/event-handler.js';
import { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { EXAMPLE_ENVIRONMENT, EXAMPLE_KEY, ExampleThings } from '../support/example-things.js';
import {
  type ClientRequest,
  POSTMAN_SCHEMA,
  type PostmanCollection,
  readHttpFile,
  readPostmanCollection,
} from '../support/http-client-files.js';
import { ROOT } from '../support/markdown.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const COLLECTION = JSON.parse(read('docs/clankerbot.postman_collection.json')) as PostmanCollection;
const FILES = readdirSync(join(ROOT, 'docs/http')).map((name) => ({
  name,
  ...readHttpFile(read(`docs/http/${name}`)),
}));

const fromPostman = readPostmanCollection(COLLECTION);
const fromFiles = FILES.flatMap(({ requests }) => requests);
const title = ({ method, url }: ClientRequest): string => `${method} ${url}`;
const variablesOf = (request: ClientRequest): string[] =>
  [...JSON.stringify(request).matchAll(/\{\{(.*?)\}\}/g)].map((match) => match[1] ?? '');

describe('what is made from the OpenAPI document', () => {
  let service: TestApp;
  let sandbox: ClockifySandbox;
  let things: ExampleThings;
  let document: OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);

  beforeAll(async () => {
    sandbox = new ClockifySandbox({ workspace: { id: '64a687e29ae1f428e7ebe303' } });
    await sandbox.start();
    service = await startTestApp({
      env: {
        ...sandbox.environment,
        API_KEYS: `reader:admin:${EXAMPLE_KEY}`,
        ...EXAMPLE_ENVIRONMENT,
      },
    });
    things = new ExampleThings(service.url);
    service.app.get(EventHandlers).register({
      name: 'failing',
      interest:
        async () =>
        ({ type }) =>
          type === 'FAILING',
      handle: () => Promise.reject(new Error('not today')),
    });
    document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApiDocument;
    ajv.addSchema(document, 'openapi');
  });
  afterAll(async () => {
    await service.close();
    await sandbox.stop();
  });

  async function filled(request: ClientRequest): Promise<ClientRequest> {
    let text = JSON.stringify(request);
    for (const name of new Set(variablesOf(request))) {
      const make = things.make[name];
      if (!make) throw new Error(`${title(request)} uses {{${name}}}, which nobody knows`);
      text = text.replaceAll(`{{${name}}}`, await make(request.url));
    }
    return JSON.parse(text) as ClientRequest;
  }

  /** The declared schema of an answer, by the route as it is written in the document. */
  function answerSchema({ method, url }: ClientRequest, status: number): { $ref: string } | undefined {
    const asked = new URL(url).pathname;
    const path = Object.keys(document.paths)
      .sort((a, b) => a.split('{').length - b.split('{').length)
      .find((template) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked));
    const operation = document.paths[path ?? '']?.[method.toLowerCase()];
    if (!operation) throw new Error(`${method} ${asked} is not in the document`);
    const content = operation.responses[String(status)]?.content;
    if (content?.['application/json']?.schema === undefined) return undefined;
    const pointer = [
      'paths',
      path ?? '',
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      'application/json',
      'schema',
    ];
    return {
      $ref: `openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`,
    };
  }

  it('docs/API.md, docs/http and the Postman collection are current (npm run docs:api rewrites them)', () => {
    const files = apiDocs(document, read('docs/API.md'));
    for (const [path, text] of files) expect([path, read(path)]).toEqual([path, text]);
    expect(FILES.map(({ name }) => `docs/http/${name}`).sort()).toEqual(
      [...files.keys()].filter((path) => path.startsWith('docs/http/')).sort(),
    );
  });

  it('the Postman collection has the shape of the format 2.1.0', () => {
    const check = new Ajv2020({ allErrors: true }).compile(POSTMAN_SCHEMA);
    check(COLLECTION);
    expect(check.errors).toBeNull();
    check({ ...COLLECTION, item: [{ name: 'x', item: [{ name: 'y', request: { method: 'FETCH' } }] }] });
    expect(check.errors).not.toBeNull();
  });

  it('both name the variables that they use, no others, and ask for the same', () => {
    const used = new Set(fromPostman.flatMap(variablesOf));
    expect(COLLECTION.variable.map(({ key }) => key).sort()).toEqual([...used].sort());
    for (const { name, variables, requests } of FILES) {
      expect([name, variables.sort()]).toEqual([name, [...new Set(requests.flatMap(variablesOf))].sort()]);
    }
    expect(fromFiles.map(title).sort()).toEqual(fromPostman.map(title).sort());
    const routes = Object.values(document.paths).flatMap((item) => Object.keys(item));
    expect(fromPostman.length).toBe(routes.length);
    for (const { item } of COLLECTION.item) {
      for (const { request } of item) {
        const { raw, host, path } = request.url;
        expect(raw.split('?')[0]).toBe([...host, ...path].join('/'));
      }
    }
  });

  it.each([
    ...fromFiles.map((request) => ['file', title(request), request] as const),
    ...fromPostman.map((request) => ['Postman', title(request), request] as const),
  ])('as the %s has it, %s does what it says, and answers as declared', async (_kind, _title, request) => {
    // The name of a client and of a key is taken once it is there, and two of the requests make the same.
    await service.engine.pool.query('delete from clankerbot.api_keys');
    for (const { id } of sandbox.list('clients')) sandbox.state.remove(sandbox.workspace.id, 'clients', id);
    const { method, url, headers, body } = await filled(request);
    const stopping = new AbortController();
    const response = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: stopping.signal,
    });
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
      stopping.abort();
      expect(response.status).toBe(200);
      return;
    }
    const text = await response.text();
    expect([response.status, text]).toEqual([response.ok ? response.status : 'a success', text]);
    const schema = answerSchema({ ...request, url }, response.status);
    if (response.headers.get('content-type')?.startsWith('application/json')) {
      expect(schema).toBeDefined();
      const check = ajv.compile(schema ?? {});
      check(JSON.parse(text));
      expect({ errors: check.errors, text }).toEqual({ errors: null, text });
    }
  });
});
