import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseBody, readBytes } from './sandbox-body.js';
import { AsIs, type SandboxCall, type SandboxHandlers } from './sandbox-call.js';
import { answerControl } from './sandbox-control.js';
import { identify, refuseToAddons, type SandboxCredentials } from './sandbox-credentials.js';
import type { Fault, SandboxFaults } from './sandbox-faults.js';
import { page } from './sandbox-paging.js';
import type { SandboxRateLimit } from './sandbox-rate-limit.js';
import { denied, noRoute, SandboxRefusal, tooManyRequests } from './sandbox-refusal.js';
import { checkedBody, checkedQuery } from './sandbox-request-check.js';
import type { SandboxRequest, SandboxRequests } from './sandbox-requests.js';
import type { SandboxRoutes } from './sandbox-routes.js';
import { shaped } from './sandbox-shapes.js';
import type { SandboxState } from './sandbox-state.js';

export interface SandboxParts {
  state: SandboxState;
  faults: SandboxFaults;
  requests: SandboxRequests;
  limit: SandboxRateLimit;
  routes: SandboxRoutes;
  handlers: SandboxHandlers;
  credentials: SandboxCredentials;
}

interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** Thrown where a fault cuts the connection instead of an answer. */
class Cut extends Error {}

/** From the first byte to the last of one request. */
export async function handleRequest(
  parts: SandboxParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const bytes = await readBytes(request);
    const url = new URL(request.url ?? '/', 'http://sandbox');
    if (url.pathname.startsWith('/_sandbox/')) return answerControl(parts, { request, response, url, bytes });
    const record = newRecord(parts, request, url);
    parts.requests.add(record);
    const answer = await answerTo(parts, { request, url, bytes, record });
    record.status = answer.status;
    send(response, answer);
  } catch {
    // A cut, or a client that went away while it sent: there is nobody to answer.
    response.destroy();
  }
}

interface Incoming {
  request: IncomingMessage;
  url: URL;
  bytes: Buffer;
  record: SandboxRequest;
}

async function answerTo(parts: SandboxParts, incoming: Incoming): Promise<Answer> {
  try {
    return await carryOut(parts, incoming);
  } catch (error) {
    if (error instanceof SandboxRefusal) {
      return { status: error.status, headers: error.headers, body: new AsIs(error.body) };
    }
    if (error instanceof Cut) throw error;
    const { message, stack } = error as Error;
    return { status: 500, headers: {}, body: new AsIs({ message, code: 500, stack }) };
  }
}

async function carryOut(parts: SandboxParts, { request, url, bytes, record }: Incoming): Promise<Answer> {
  const { user, credential } = identify(request.headers, parts.credentials);
  parts.limit.take(credential);
  const { operation, path } = parts.routes.find(record.method, url.pathname);
  record.operation = operation.id;
  refuseToAddons(request.headers, operation.id);
  const fault = parts.faults.pick({ method: record.method, path: url.pathname, operation: operation.id });
  await strike(fault, 'before');

  const workspaceId = path['workspaceId'] ?? '';
  if (workspaceId !== '' && !parts.state.find(workspaceId, 'users', user.id)) throw denied();
  const query = checkedQuery(operation, url.searchParams);
  const parsed = await parseBody(operation, request.headers['content-type'], bytes);
  record.body = parsed;
  const call: SandboxCall = {
    operation,
    workspaceId,
    path,
    query,
    body: checkedBody(operation, parsed),
    user,
  };
  const handler = parts.handlers[operation.id];
  if (!handler) throw noRoute(url.pathname);
  const { data, headers } = page(call, handler(call, parts.state));
  record.hadEffect = true;

  await strike(fault, 'after');
  if (fault?.kind === 'garbage') return { status: 200, headers: {}, body: new AsIs('<html>', 'text/html') };
  // Hydrated answers have more than the document says.
  const body = data instanceof AsIs || query['hydrated'] === true ? data : shaped(operation.id, data);
  return { status: operation.result.status, headers, body };
}

/** Lets the fault happen, if this is its moment. */
async function strike(fault: Fault | undefined, moment: 'before' | 'after'): Promise<void> {
  if (!fault || fault.kind === 'garbage' || (fault.when ?? 'before') !== moment) return;
  if (fault.kind === 'slow') await delay(fault.delayMs);
  if (fault.kind === 'cut') throw new Cut();
  if (fault.kind !== 'status') return;
  if (fault.status === 429) throw tooManyRequests(fault.retryAfterSeconds ?? 1);
  const retryAfter = fault.retryAfterSeconds;
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  throw new SandboxRefusal(fault.status, fault.status, 'Something went wrong', headers);
}

function newRecord(parts: SandboxParts, request: IncomingMessage, url: URL): SandboxRequest {
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: undefined,
    operation: undefined,
    status: 0,
    hadEffect: false,
    atMs: parts.state.clock.nowMs(),
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const isEmpty = body === undefined || status === 204;
  const contentType = body instanceof AsIs ? body.contentType : 'application/json';
  response.writeHead(status, isEmpty ? { ...headers } : { ...headers, 'content-type': contentType });
  if (isEmpty) response.end();
  else response.end(bytesOf(body));
}

function bytesOf(body: unknown): string | Buffer {
  if (!(body instanceof AsIs)) return JSON.stringify(body);
  if (Buffer.isBuffer(body.body)) return body.body;
  return body.contentType === 'application/json' ? JSON.stringify(body.body) : String(body.body);
}
