import type { ServerResponse } from 'node:http';
import { type ReceivedRequest, sendJson, startHttpServer, type TestServer } from './http-server.js';

export const SLACK_TOKEN = 'xoxb-test-0000-token';

type Answer = (request: ReceivedRequest, response: ServerResponse) => void;

export interface FakeSlack extends TestServer {
  baseUrl: string;
  /** Answers for the next calls of a method, used up one by one before the ordinary one. */
  next(method: string, ...answers: Answer[]): void;
  /** The bodies of the calls of a method. */
  callsOf(method: string): Record<string, unknown>[];
  messages: Record<string, unknown>[];
  uploads: Map<string, Buffer>;
}

/** A stand-in that speaks Slack's wire format: 200 with ok, its encodings per method, tokens, the upload flow. */
export async function startFakeSlack(): Promise<FakeSlack> {
  const queued = new Map<string, Answer[]>();
  const messages: Record<string, unknown>[] = [];
  const uploads = new Map<string, Buffer>();
  let origin = '';

  const methods: Record<string, (body: Record<string, unknown>) => Record<string, unknown>> = {
    'chat.postMessage': (body) => {
      if (body['channel'] === '#nowhere') return { ok: false, error: 'channel_not_found' };
      const message = { type: 'message', ts: `17300000${messages.length + 10}.000100`, text: body['text'] };
      messages.push(message);
      return { ok: true, channel: 'C012AB3CD', ts: message.ts, message };
    },
    'chat.update': (body) => ({ ok: true, channel: body['channel'], ts: body['ts'], text: body['text'] }),
    'users.info': (body) => ({ ok: true, user: { id: body['user'], name: 'ann' } }),
    'users.lookupByEmail': (body) =>
      body['email'] === 'ann@example.com'
        ? { ok: true, user: { id: 'U012AB3CD', name: 'ann' } }
        : { ok: false, error: 'users_not_found' },
    'conversations.open': () => ({ ok: true, channel: { id: 'D0123456' } }),
    'files.getUploadURLExternal': () => ({ ok: true, upload_url: `${origin}/upload/F1`, file_id: 'F1' }),
    'files.completeUploadExternal': (body) => ({ ok: true, files: body['files'] }),
  };

  const server = await startHttpServer((request, response) => {
    const method = request.url.replace(/^\/api\//, '');
    const answer = queued.get(method)?.shift();
    if (answer) return answer(request, response);
    if (request.url === '/upload/F1') {
      uploads.set('F1', request.body);
      return void response.end(`OK - ${request.body.length}`);
    }
    const handle = methods[method];
    if (!handle) return sendJson(response, { ok: false, error: 'unknown_method' });
    if (request.headers.authorization !== `Bearer ${SLACK_TOKEN}`) {
      return sendJson(response, { ok: false, error: 'invalid_auth' });
    }
    return sendJson(response, handle(readBody(request)));
  });
  origin = server.url;
  return {
    ...server,
    baseUrl: `${server.url}/api`,
    messages,
    uploads,
    next: (method, ...answers) => void queued.set(method, [...(queued.get(method) ?? []), ...answers]),
    callsOf: (method) => server.received.filter((r) => r.url === `/api/${method}`).map(readBody),
  };
}

function readBody(request: ReceivedRequest): Record<string, unknown> {
  const text = request.body.toString('utf8');
  if (request.headers['content-type']?.includes('json')) return JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(new URLSearchParams(text));
}
