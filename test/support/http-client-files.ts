/** A request of a file for an HTTP client, its variables not yet replaced. */
export interface ClientRequest {
  name: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** Reads what VS Code's REST Client and JetBrains' HTTP Client read: `@name = value` lines, requests after `###`. */
export function readHttpFile(text: string): { variables: string[]; requests: ClientRequest[] } {
  const [head = '', ...blocks] = text.split(/^### /m);
  const variables = [...head.matchAll(/^@(\w+) = ?(.*)$/gm)].map((match) => match[1] ?? '');
  const requests = blocks.map((block): ClientRequest => {
    const [name = '', line = '', ...rest] = block.trimEnd().split('\n');
    const [method = '', url = ''] = line.split(' ');
    const end = rest.indexOf('');
    const headerLines = end === -1 ? rest : rest.slice(0, end);
    const headers = headerLines.map((header) => header.split(/: (.*)/).slice(0, 2));
    return {
      name,
      method,
      url,
      headers: Object.fromEntries(headers) as Record<string, string>,
      body: end === -1 ? undefined : rest.slice(end + 1).join('\n'),
    };
  });
  return { variables, requests };
}

export interface PostmanCollection {
  info: { name: string; schema: string };
  auth: { bearer: { key: string; value: string }[] };
  variable: { key: string; value: string }[];
  item: { name: string; item: PostmanItem[] }[];
}

interface PostmanItem {
  name: string;
  request: {
    method: string;
    auth?: { type: 'noauth' };
    header: { key: string; value: string; disabled?: boolean }[];
    body?: { mode: 'raw'; raw: string };
    url: {
      raw: string;
      host: string[];
      path: string[];
      query?: { key: string; value: string; disabled: boolean }[];
    };
  };
}

/** The requests as Postman would send them: from the parts of the address, with the key of the collection. */
export function readPostmanCollection(collection: PostmanCollection): ClientRequest[] {
  const token = collection.auth.bearer.find(({ key }) => key === 'token')?.value;
  return collection.item
    .flatMap(({ item }) => item)
    .map(({ name, request }) => {
      const { host, path, query = [] } = request.url;
      const used = query
        .filter(({ disabled }) => !disabled)
        .map(({ key, value }) => `${key}=${encodeURIComponent(value)}`);
      const headers = request.header
        .filter(({ disabled }) => disabled !== true)
        .map(({ key, value }) => [key, value]);
      if (request.auth === undefined) headers.push(['Authorization', `Bearer ${token}`]);
      return {
        name,
        method: request.method,
        url: `${host.join('.')}/${path.join('/')}${used.length > 0 ? `?${used.join('&')}` : ''}`,
        headers: Object.fromEntries(headers) as Record<string, string>,
        body: request.body?.raw,
      };
    });
}

/** As much of Postman's Collection Format 2.1.0 as is used, and nothing beyond it. */
const text = { type: 'string' };
const words = { type: 'string', minLength: 1 };
const object = (properties: Record<string, object>, required = Object.keys(properties)): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const list = (items: object): object => ({ type: 'array', items });
const parameter = object({ key: words, value: text, description: text, disabled: { type: 'boolean' } }, [
  'key',
  'value',
]);

export const POSTMAN_SCHEMA = object({
  info: object({
    name: words,
    description: text,
    schema: { const: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
  }),
  auth: object({
    type: { const: 'bearer' },
    bearer: list(object({ key: words, value: text, type: { const: 'string' } })),
  }),
  variable: list(object({ key: words, value: text })),
  item: list(
    object({
      name: words,
      item: list(
        object({
          name: words,
          request: object(
            {
              method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
              auth: object({ type: { const: 'noauth' } }),
              header: list(parameter),
              body: object({
                mode: { const: 'raw' },
                raw: words,
                options: object({ raw: object({ language: { const: 'json' } }) }),
              }),
              url: object({ raw: words, host: list(words), path: list(words), query: list(parameter) }, [
                'raw',
                'host',
                'path',
              ]),
              description: text,
            },
            ['method', 'header', 'url'],
          ),
        }),
      ),
    }),
  ),
});
