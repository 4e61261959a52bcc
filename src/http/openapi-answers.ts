import { applyDecorators } from '@nestjs/common';
import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import { REPLAYED_HEADER } from '../errors/app-error.js';
import { ERROR_STATUS } from '../errors/error-code.js';
import { completeBody } from './openapi-bodies.js';
import { completeErrors, isDoneOnce } from './openapi-errors.js';

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
  const schemas = { ...document.components?.schemas, ...SCHEMAS };
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) {
        completeBody(operation, schemas);
        completeErrors(operation);
        completeSuccess(operation);
      }
    }
  }
  document.components = { ...document.components, schemas };
  return document;
}

function completeSuccess(operation: Operation): void {
  const extensions = operation as unknown as Record<string, unknown>;
  const isOwn = extensions[ANSWER] === 'own';
  delete extensions[ANSWER];
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response || !status.startsWith('2') || status === '204') continue;
    response.description ||= 'Success';
    if (!isOwn) putInEnvelope(response);
    if (isDoneOnce(operation)) response.headers = { ...response.headers, ...REPLAYED };
  }
}

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
