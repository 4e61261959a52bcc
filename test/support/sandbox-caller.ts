import type { ClockifySandbox } from '../clockify-sandbox/clockify-sandbox.js';

export interface SandboxResponse {
  status: number;
  headers: Headers;
  body: any; // oxlint-disable-line typescript/no-explicit-any -- tests look into answers of many shapes
}

export interface SandboxCallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** `api`, `report` or `audit`. */
  host?: string;
}

export type SandboxCaller = (
  method: string,
  path: string,
  options?: SandboxCallOptions,
) => Promise<SandboxResponse>;

/** Calls the sandbox as its user; paths stand behind `/v1/workspaces/{id}` unless they start with `/v1`. */
export function callerOf(sandbox: ClockifySandbox): SandboxCaller {
  return async (method, path, { body, headers, host = 'api' } = {}) => {
    const full = path.startsWith('/v1') ? path : `/v1/workspaces/${sandbox.workspace.id}${path}`;
    const response = await fetch(`${sandbox.url}/${host}${full}`, {
      method,
      headers: {
        ...(headers ?? { 'x-api-key': sandbox.apiKey }),
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}
