import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type ReceivedRequest, sendJson, startHttpServer, type TestServer } from '../support/http-server.js';
import { GITHUB_EXAMPLES } from './github-facts.js';
import { requestFaults, routeOf } from './github-routes.js';

export const GITHUB_TOKEN = 'github-test-token-0123456789abcdef';

type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

export interface FakeGithub extends TestServer {
  /** For GITHUB_BASE_URL. */
  baseUrl: string;
  /** What was asked that GitHub's own document does not allow; empty after a test that did well. */
  faults: string[];
  /** The values of the header that are let in. */
  accepted: Set<string>;
  /** Answers for the next calls of a route, used up one by one before the ordinary one. */
  next(route: string, ...answers: Answer[]): void;
  /** What a route answers from now on. */
  always(route: string, body: unknown): void;
  callsOf(route: string): ReceivedRequest[];
  reset(): void;
}

/**
 * A stand-in for GitHub over HTTP. It answers each route as GitHub's own document shows it, holds each request against
 * the schemas of that document, and knows tokens, ETags and the headers that count requests.
 */
export async function startFakeGithub(base = ''): Promise<FakeGithub> {
  const queued = new Map<string, Answer[]>();
  const standing = new Map<string, unknown>();
  const routes = new WeakMap<ReceivedRequest, string>();
  const faults: string[] = [];
  const accepted = new Set([`Bearer ${GITHUB_TOKEN}`]);

  const server = await startHttpServer((request, response) => {
    const route = routeOf(request, base);
    if (!route) {
      faults.push(`there is no ${request.method} ${request.url}`);
      return sendJson(response, { message: 'Not Found' }, 404);
    }
    routes.set(request, route.key);
    const found = [...requestFaults(route, request, base), ...headerFaults(request)];
    faults.push(...found.map((fault) => `${route.key}: ${fault}`));
    const answer = queued.get(route.key)?.shift();
    if (answer) return answer(request, response);
    if (!accepted.has(request.headers.authorization ?? '')) {
      return sendJson(response, { message: 'Bad credentials', status: '401' }, 401);
    }
    if (found.length > 0) return sendJson(response, { message: 'Validation Failed' }, 422);
    const { status, body } = GITHUB_EXAMPLES[route.key] ?? { status: 200, body: {} };
    sendAsGithub(request, response, { status, body: standing.get(route.key) ?? body });
  });

  return {
    ...server,
    baseUrl: `${server.url}${base}`,
    faults,
    accepted,
    next: (route, ...answers) => void queued.set(route, [...(queued.get(route) ?? []), ...answers]),
    always: (route, body) => void standing.set(route, body),
    callsOf: (route) => server.received.filter((request) => routes.get(request) === route),
    reset() {
      queued.clear();
      standing.clear();
      faults.length = 0;
      server.received.length = 0;
    },
  };
}

/** With the headers that GitHub has: the ETag of what is read, and how many requests are left. */
export function sendAsGithub(
  request: ReceivedRequest,
  response: ServerResponse,
  { status, body }: { status: number; body: unknown },
  headers: object = {},
): void {
  const text = body === null ? '' : JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('hex')}"`;
  const all = {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-resource': 'core',
    ...(request.method === 'GET' ? { etag } : {}),
    ...headers,
  };
  const isKnown = request.headers['if-none-match'] === etag;
  response.writeHead(isKnown ? 304 : status, { 'content-type': 'application/json; charset=utf-8', ...all });
  response.end(isKnown ? '' : text);
}

/** GitHub refuses whoever does not say who it is. */
function headerFaults({ headers }: ReceivedRequest): string[] {
  return [
    ...(headers['user-agent'] ? [] : ['no User-Agent']),
    ...(headers.accept === 'application/vnd.github+json' ? [] : [`Accept ${headers.accept}`]),
    ...(headers['x-github-api-version'] === '2022-11-28' ? [] : ['no version of the API']),
  ];
}
