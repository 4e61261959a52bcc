import type { JsonSchema, Operation, Params } from '../integration.js';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

const MOST_HEADERS = 20;

const shared: JsonSchema = {
  url: { type: 'string', minLength: 1, maxLength: 8192, description: 'Absolute https:// address' },
  query: {
    type: 'object',
    additionalProperties: { type: ['string', 'number', 'boolean'] },
    description: 'Added to the address',
  },
  headers: {
    type: 'object',
    maxProperties: MOST_HEADERS,
    propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$" },
    additionalProperties: { type: 'string', maxLength: 8192, pattern: '^[\\t\\x20-\\x7e]*$' },
  },
};

const idempotency = {
  type: 'object',
  properties: { header: { type: 'string', pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" } },
  required: ['header'],
  additionalProperties: false,
  description:
    'The target carries out requests with the same value in this header once. Each repetition sends the same value',
};

const body = { description: 'JSON, or a string that is sent as it is' };

function operationFor(method: Method): Operation {
  const hasBody = method !== 'GET';
  const example: Params = {
    url: 'https://example.com/hook',
    ...(hasBody && method !== 'DELETE' ? { body: { text: 'hello world' } } : {}),
  };
  return {
    name: method,
    summary: `Send a ${method} request to an address`,
    params: {
      type: 'object',
      properties: hasBody ? { ...shared, body, idempotency } : shared,
      required: ['url'],
      additionalProperties: false,
    },
    example,
    isWrite: hasBody,
    tags: ['http'],
  };
}

export const HTTP_REQUEST_OPERATIONS: readonly Operation[] = METHODS.map(operationFor);
