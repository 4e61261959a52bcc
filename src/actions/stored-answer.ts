import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-code.js';
import { IntegrationError, type Outcome } from '../integrations/integration-error.js';

interface StoredError {
  code: ErrorCode;
  status: number;
  message: string;
  details?: unknown;
}

type StoredAnswer = { result?: unknown } | { error: StoredError };

export function storeError({ code, status, message, details }: AppError): StoredError {
  return { code, status, message, ...(details === undefined ? {} : { details }) };
}

export function writeResult(result: unknown): string {
  return JSON.stringify({ result });
}

export function writeError(error: AppError): string {
  return JSON.stringify({ error: storeError(error) });
}

/** The result that was stored, or the error that was, thrown as it was the first time. */
export function replay(text: string): unknown {
  const stored = JSON.parse(text) as StoredAnswer;
  if (!('error' in stored)) return stored.result;
  const { code, status, message, details } = stored.error;
  if (typeof details === 'object' && details !== null && 'outcome' in details) {
    throw new IntegrationError(code, message, {
      status,
      details,
      outcome: details.outcome as Outcome,
      isReplay: true,
    });
  }
  throw new AppError(code, message, { status, details, isReplay: true });
}
