import { applyDecorators } from '@nestjs/common';
import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import { REPLAYED_HEADER } from '../errors/app-error.js';
import { ERROR_STATUS, type ErrorCode } from '../errors/error-code.js';

type Paths = OpenAPIObject['paths'];
type Operation = NonNullable<Paths[string]['get']>;
type Responses = Operation['responses'];
type Response = Exclude<NonNullable<Responses[string]>, { $ref: string }>;
type Schema = NonNullable<NonNullable<NonNullable<Response['content']>[string]>['schema']>;

const ANSWER = 'x-answer';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const JSON_TYPE = 'application/json';

/** For a field that may hold any JSON: from `unknown` alone the document would call it an object. */
export const ANY_JSON = { oneOf: [{}] };

/** For a route whose success is not `{ok, data, requestId}`: the document then shows its response as declared. */
export const OwnAnswer = () => applyDecorators(ApiExtension(ANSWER, 'own'));

/** Adds what every route has and no controller repeats: the envelope, and the errors that the route can answer. */
export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) {
        completeOperation(operation, method);
        closeBody(operation, document);
      }
    }
  }
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...SCHEMAS } };
  return document;
}

function completeOperation(operation: Operation, method: string): void {
  const extensions = operation as unknown as Record<string, unknown>;
  const isOwn = extensions[ANSWER] === 'own';
  delete extensions[ANSWER];
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response || !status.startsWith('2') || status === '204') continue;
    response.description ||= 'Success';
    if (!isOwn) putInEnvelope(response);
    if (isDoneOnce(operation, method)) response.headers = { ...response.headers, ...REPLAYED };
  }
  for (const [code, condition] of Object.entries(CONDITIONS) as [ErrorCode, Condition][]) {
    if (!condition(operation, method)) continue;
    operation.responses[String(ERROR_STATUS[code])] ??= errorResponse(code);
  }
}

/** The validation refuses fields that it does not know. */
function closeBody({ requestBody }: Operation, document: OpenAPIObject): void {
  if (requestBody === undefined || '$ref' in requestBody) return;
  const schema = requestBody.content[JSON_TYPE]?.schema;
  const name = schema !== undefined && '$ref' in schema ? schema.$ref.split('/').at(-1) : undefined;
  const named = name === undefined ? undefined : document.components?.schemas?.[name];
  if (named !== undefined && !('$ref' in named)) named.additionalProperties ??= false;
}

type Condition = (operation: Operation, method: string) => boolean;

const hasBody: Condition = (operation) => operation.requestBody !== undefined;
const guardOf = (operation: Operation): unknown =>
  (operation as unknown as Record<string, unknown>)['x-guard'];
/** By an API key, or by the secret or signature of a webhook's source, which the access room marks. */
const isGuarded: Condition = (operation) =>
  (operation.security ?? []).length > 0 || guardOf(operation) === 'webhook';
const isCounted: Condition = (operation) =>
  (operation as unknown as Record<string, unknown>)['x-rate'] !== 'none';
const hasInput: Condition = (operation) =>
  operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
const isDoneOnce: Condition = (operation) =>
  (operation.parameters ?? []).some((p) => 'name' in p && p.name === 'Idempotency-Key');
const hasPathParameter: Condition = (operation) =>
  (operation.parameters ?? []).some((p) => 'in' in p && p.in === 'path');

/** Which code a route can answer, as far as its shape tells; a controller declares what is particular to it. */
const CONDITIONS: Partial<Record<ErrorCode, Condition>> = {
  validation_error: hasInput,
  unauthorized: isGuarded,
  forbidden: isGuarded,
  not_found: hasPathParameter,
  conflict: isDoneOnce,
  payload_too_large: hasBody,
  unsupported_media_type: hasBody,
  rate_limited: isCounted,
  internal_error: () => true,
  unavailable: () => true,
};

const REPLAYED: NonNullable<Response['headers']> = {
  [REPLAYED_HEADER]: {
    description: 'true where this is the kept answer of an earlier request with the same Idempotency-Key.',
    schema: { type: 'string', enum: ['true'] },
  },
};

function putInEnvelope(response: Response): void {
  const schema: Schema = response.content?.[JSON_TYPE]?.schema ?? {};
  response.content = {
    ...response.content,
    [JSON_TYPE]: {
      schema: {
        type: 'object',
        required: ['ok', 'data', 'requestId'],
        properties: { ok: { type: 'boolean', enum: [true] }, data: schema, requestId: { type: 'string' } },
      },
    },
  };
}

function errorResponse(code: ErrorCode): Response {
  return {
    description: code,
    content: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/ErrorEnvelope' } } },
  };
}

const SCHEMAS: Record<string, Schema> = {
  ErrorEnvelope: {
    type: 'object',
    required: ['ok', 'error', 'requestId'],
    properties: {
      ok: { type: 'boolean', enum: [false] },
      error: {
        type: 'object',
        required: ['code', 'message'],
        properties: {
          code: { type: 'string', enum: Object.keys(ERROR_STATUS) },
          message: { type: 'string' },
          details: {
            description: 'What is wrong in particular: faults with their paths, suggestions, an outcome.',
          },
        },
      },
      requestId: { type: 'string' },
    },
  },
};
