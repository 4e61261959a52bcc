import { exampleRequest, type ExampleRequest } from './examples.ts';
import { VALUES, variablesOf } from './http-file.ts';
import { type OpenApiDocument, routesByTag } from './openapi-document.ts';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

/** A folder for each tag, one request for each route, the key and the address as variables. */
export function postmanCollection(document: OpenApiDocument): object {
  const folders = [...routesByTag(document)].map(([tag, routes]) => ({
    tag,
    requests: routes.map((route) => exampleRequest(route)),
  }));
  const variables = variablesOf(folders.flatMap(({ requests }) => requests));
  return {
    info: { name: document.info.title, description: document.info.description, schema: SCHEMA },
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{apiKey}}', type: 'string' }] },
    variable: variables.map((key) => ({ key, value: VALUES[key] ?? '' })),
    item: folders.map(({ tag, requests }) => ({ name: tag, item: requests.map(requestItem) })),
  };
}

function requestItem(request: ExampleRequest): object {
  const { query, headers, body } = request;
  const used = query
    .filter(({ isUsed }) => isUsed)
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`);
  const raw = `{{baseUrl}}${request.path}${used.length > 0 ? `?${used.join('&')}` : ''}`;
  return {
    name: request.name,
    request: {
      method: request.method,
      ...(request.isKeyNeeded ? {} : { auth: { type: 'noauth' } }),
      header: [
        ...(body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }]),
        ...headers.map(({ name, isUsed, ...rest }) => ({ key: name, ...rest, disabled: !isUsed })),
      ],
      ...(body === undefined
        ? {}
        : {
            body: { mode: 'raw', raw: JSON.stringify(body, null, 2), options: { raw: { language: 'json' } } },
          }),
      url: {
        raw,
        host: ['{{baseUrl}}'],
        path: request.path.slice(1).split('/'),
        ...(query.length > 0
          ? { query: query.map(({ name, isUsed, ...rest }) => ({ key: name, ...rest, disabled: !isUsed })) }
          : {}),
      },
      description: request.description,
    },
  };
}
