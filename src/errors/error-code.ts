/** The closed set of codes a caller can meet, each with the HTTP status it travels with. */
export const ERROR_STATUS = {
  validation_error: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  confirmation_required: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal_error: 500,
  upstream_error: 502,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** Of two codes with one status the first is what it means in general. */
const CODE_BY_STATUS = new Map<number, ErrorCode>(
  Object.entries(ERROR_STATUS)
    .map(([code, status]): [number, ErrorCode] => [status, code as ErrorCode])
    .reverse(),
);

/** The code for a status that some library chose: its own where it has one, else its class. */
export function codeForStatus(status: number): ErrorCode {
  const exact = CODE_BY_STATUS.get(status);
  if (exact) return exact;
  if (status === 504) return 'upstream_error';
  return status >= 500 ? 'internal_error' : 'validation_error';
}
