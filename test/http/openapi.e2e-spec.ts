import { Validator } from '@seriousme/openapi-schema-validator';
import request from 'supertest';
import { startTestApp, type TestApp } from '../support/app.js';

interface OpenApiOperation {
  summary?: string;
  security?: unknown[];
  responses: Record<
    string,
    { content?: Record<string, { schema?: { properties?: Record<string, unknown> } }> }
  >;
}

describe('the OpenAPI document', () => {
  let service: TestApp;
  let document: { openapi: string; paths: Record<string, Record<string, OpenApiOperation>> };
  beforeAll(async () => {
    service = await startTestApp();
    document = (await request(service.url).get('/openapi.json').expect(200)).body;
  });
  afterAll(() => service.close());

  const operations = (): [string, OpenApiOperation][] =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]): [string, OpenApiOperation] => [
        `${method} ${path}`,
        operation,
      ]),
    );

  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const result = await new Validator().validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('says of every route what it is for', () => {
    expect(operations().filter(([, operation]) => !operation.summary)).toEqual([]);
  });

  it('has a success and the errors of every route', () => {
    for (const [name, { responses, security }] of operations()) {
      const statuses = Object.keys(responses);
      expect([name, statuses.some((status) => status.startsWith('2'))]).toEqual([name, true]);
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['500', '503'])]);
      if ((security ?? []).length > 0) {
        expect([name, statuses]).toEqual([name, expect.arrayContaining(['401', '403', '429'])]);
      }
    }
  });

  it('has what a delivery is refused with, which no API key guards', () => {
    const { responses, security } = document.paths['/webhooks/{provider}']!['post']!;
    expect(security ?? []).toEqual([]);
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['400', '401', '403', '404', '409', '413', '429']),
    );
  });

  it('shows the envelope around what a route answers', () => {
    const schema =
      document.paths['/healthz']?.['get']?.responses['200']?.content?.['application/json']?.schema;
    expect(Object.keys(schema?.properties ?? {})).toEqual(['ok', 'data', 'requestId']);
  });

  it('is shown to people on /docs, with a policy that lets the page work', async () => {
    const { text, headers } = await request(service.url).get('/docs').expect(200);
    expect(text).toContain('<title>Clankerbot API</title>');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
  });

  it('is shown with files that are all there, from /docs and from /docs/', async () => {
    for (const path of ['/docs', '/docs/', '/docs/index.html']) {
      const { text } = await request(service.url).get(path).expect(200);
      const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
      expect(files).toHaveLength(5);
      for (const file of files)
        await request(service.url)
          .get(new URL(file, service.url + path).pathname)
          .expect(200);
    }
    await request(service.url).get('/docs/package.json').expect(404);
  });
});
