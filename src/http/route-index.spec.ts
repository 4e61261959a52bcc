import { once } from 'node:events';
import { get as request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import fc from 'fast-check';
import { RouteIndex, type RouteHandler } from './route-index.js';
import { cases } from '../../test/support/properties.js';

const ROUTES = [
  ['GET', '/events'],
  ['GET', '/events/stream'],
  ['GET', '/events/:id'],
  ['POST', '/events/replay'],
  ['POST', '/events/:id/replay'],
  ['DELETE', '/events/:id'],
  ['GET', '/events/:other'],
  ['POST', '/webhooks/:provider'],
  ['GET', '/openapi.json'],
] as const;
const METHODS = { GET: 'get', POST: 'post', DELETE: 'delete' } as const;

const answering =
  (position: number): RouteHandler =>
  (req, res) => {
    res.json({ position, path: (req.route as { path: string }).path, params: { ...req.params } });
  };

function appWith(index?: RouteIndex): Express {
  const app = express();
  if (index !== undefined) app.use(index.use);
  ROUTES.forEach(([method, path], position) => {
    app[METHODS[method]](path, answering(position));
    index?.add(method, path, answering(position));
  });
  app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(400).json({ error: error.name });
  });
  return app;
}

describe('the index of routes', () => {
  const servers: Server[] = [];
  let indexed: number;
  let plain: number;
  beforeAll(async () => {
    for (const app of [appWith(new RouteIndex()), appWith()]) servers.push(app.listen(0, '127.0.0.1'));
    await Promise.all(servers.map((server) => server.listening || once(server, 'listening')));
    [indexed, plain] = servers.map((server) => (server.address() as AddressInfo).port) as [number, number];
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  /** By node:http, which sends a path as it is given. */
  const ask = async (port: number, method: string, path: string): Promise<[unknown, string]> => {
    const [response] = await once(request({ port, method, path, agent: false }), 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return [response.statusCode, Buffer.concat(chunks).toString()];
  };

  it('answers as Express does, whatever is asked', async () => {
    const plainSegments = [
      'events',
      'stream',
      'replay',
      'webhooks',
      'Events',
      'STREAM',
      'openapi.json',
      'clockify',
    ];
    const oddSegments = [
      '..',
      '.',
      '',
      'a%20b',
      'a%2Fb',
      '%',
      '%zz',
      ':',
      ':id',
      'a:b',
      'a;b',
      'a+b',
      '__proto__',
      '*',
    ];
    const segment = fc.constantFrom(...plainSegments, ...oddSegments);
    const path = fc
      .tuple(
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '/', '?a=1', '/?a=1', '?/b'),
      )
      .map(([segments, end]) => `/${segments.join('/')}${end}`);
    let found = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD'), path, async (method, asked) => {
        const [status, text] = await ask(indexed, method, asked);
        expect([status, text]).toEqual(await ask(plain, method, asked));
        if (status === 200) found++;
      }),
      {
        ...cases(600),
        examples: [
          ...ROUTES.map(([method, template]): [typeof method, string] => [
            method,
            template.replace(':id', '7'),
          ]),
          ['GET', '/events/STREAM'],
          ['DELETE', '/events/Stream'],
        ],
      },
    );
    expect(found).toBeGreaterThan(ROUTES.length);
  });
});
