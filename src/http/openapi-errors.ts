import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import { ERROR_STATUS, type ErrorCode } from '../errors/error-code.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Exclude<NonNullable<Operation['responses'][string]>, { $ref: string }>;
type Condition = (operation: Operation) => boolean;

const ERRORS = 'x-errors';
const ENVELOPE = { $ref: '#/components/schemas/ErrorEnvelope' };
const REQUEST_ID = '01K8Z5D8V3QGZ1N7X0T4W6Y2AB';

/** The errors that are particular to a route. What its shape tells already (a body, an id, a key) it need not say. */
export const ErrorAnswers = (...codes: ErrorCode[]) => ApiExtension(ERRORS, codes);

const of = (operation: Operation): Record<string, unknown> => operation as unknown as Record<string, unknown>;
const parameters = ({ parameters: all = [] }: Operation) => all.flatMap((p) => ('name' in p ? [p] : []));
const hasBody: Condition = (operation) => operation.requestBody !== undefined;
/** By an API key, or by the secret or signature of a webhook's source, which the access room marks. */
const isGuarded: Condition = (operation) =>
  (operation.security ?? []).length > 0 || of(operation)['x-guard'] === 'webhook';

export const isDoneOnce: Condition = (operation) =>
  parameters(operation).some(({ name }) => name === 'Idempotency-Key');

/** Which code a route can answer, as far as its shape tells. */
const CONDITIONS: Partial<Record<ErrorCode, Condition>> = {
  validation_error: (operation) => hasBody(operation) || parameters(operation).length > 0,
  unauthorized: isGuarded,
  forbidden: isGuarded,
  not_found: (operation) => parameters(operation).some((p) => p.in === 'path'),
  conflict: isDoneOnce,
  payload_too_large: hasBody,
  unsupported_media_type: hasBody,
  rate_limited: (operation) => of(operation)['x-rate'] !== 'none',
  internal_error: () => true,
  unavailable: () => true,
};

/** What each error looks like; the words of a real one say more. */
const EXAMPLES: Readonly<Record<ErrorCode, { message: string; details?: unknown }>> = {
  validation_error: {
    message: 'The request is not valid',
    details: [{ path: 'limit', message: 'limit must be a whole number from 1 to 200' }],
  },
  unauthorized: { message: 'An API key is needed' },
  forbidden: { message: 'This needs the role operator; the key has the role viewer' },
  not_found: { message: 'There is no such thing' },
  conflict: { message: 'This Idempotency-Key was used with another request' },
  confirmation_required: {
    message: 'A model read this from the text; confirm it to have it carried out',
    details: { confirm: 'cbc_…', integration: 'clockify', operation: 'create_client', params: {} },
  },
  payload_too_large: { message: 'The body is larger than 1 MiB' },
  unsupported_media_type: { message: 'The body must be sent as Content-Type: application/json' },
  rate_limited: { message: 'Too many requests; try again later' },
  internal_error: { message: 'Something went wrong here; the request id finds it in the log' },
  upstream_error: {
    message: 'Clockify failed',
    details: { upstreamStatus: 500, outcome: 'unknown' },
  },
  unavailable: { message: 'The service is still starting' },
};

/** Adds an answer for each status that the route can fail with, with an example of each of its codes. */
export function completeErrors(operation: Operation): void {
  const declared = (of(operation)[ERRORS] ?? []) as ErrorCode[];
  delete of(operation)[ERRORS];
  const told = (Object.keys(CONDITIONS) as ErrorCode[]).filter((code) => CONDITIONS[code]?.(operation));
  const codes = [...new Set([...told, ...declared])];
  for (const [status, group] of Map.groupBy(codes.flatMap(withStatuses), ([given]) => given))
    operation.responses[status] ??= errorResponse(group.map(([, code]) => code));
}

/** An upstream that does not answer in time is told apart by the status alone. */
function withStatuses(code: ErrorCode): [string, ErrorCode][] {
  const own: [string, ErrorCode] = [String(ERROR_STATUS[code]), code];
  return code === 'upstream_error' ? [own, ['504', code]] : [own];
}

function errorResponse(codes: ErrorCode[]): Response {
  const narrowed = { properties: { code: { type: 'string', enum: codes } } };
  return {
    description: codes.join(' or '),
    content: {
      'application/json': {
        schema: {
          allOf: [ENVELOPE, { type: 'object', properties: { error: { type: 'object', ...narrowed } } }],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

function exampleOf(code: ErrorCode): object {
  return { ok: false, error: { code, ...EXAMPLES[code] }, requestId: REQUEST_ID };
}
