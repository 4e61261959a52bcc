import type { ServerResponse } from 'node:http';
import { type ReceivedRequest, sendJson, startHttpServer, type TestServer } from './http-server.js';

interface ToolSpec {
  type: 'function';
  function: { name: string; description: string; parameters: Record<string, unknown> };
}

/** What a chat completions server is asked. */
export interface ChatBody {
  model: string;
  messages: { role: string; content: string }[];
  tools: ToolSpec[];
  tool_choice: unknown;
  thinking?: unknown;
  stream?: unknown;
}

export type Reply = (response: ServerResponse, body: ChatBody) => void;

export interface FakeModel extends TestServer {
  /** The answers to the next requests, in order; the last one stays. */
  replies: Reply[];
  asked(): ChatBody[];
}

/** A server that speaks the chat completions wire format and answers what the test says. */
export async function startFakeModel(): Promise<FakeModel> {
  const replies: Reply[] = [];
  const server = await startHttpServer((request, response) => {
    const refusal = refuse(request);
    if (refusal)
      return sendJson(response, { error: { message: refusal, type: 'invalid_request_error' } }, 400);
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    if (!reply) return sendJson(response, { error: { message: 'no reply set' } }, 500);
    return reply(response, JSON.parse(request.body.toString()) as ChatBody);
  });
  return {
    ...server,
    replies,
    asked: () => server.received.map((request) => JSON.parse(request.body.toString()) as ChatBody),
  };
}

/** What such servers refuse themselves. */
function refuse({ method, url, headers, body }: ReceivedRequest): string | undefined {
  if (method !== 'POST' || url !== '/chat/completions') return 'no such route';
  if (!/^Bearer \S+$/.test(headers.authorization ?? '')) return 'no key';
  const { model, messages, tools, tool_choice: choice } = JSON.parse(body.toString()) as ChatBody;
  if (typeof model !== 'string' || !Array.isArray(messages) || messages.length === 0)
    return 'model and messages';
  if (choice !== 'required') return 'tool_choice';
  const isBad = (tool: ToolSpec): boolean =>
    tool.type !== 'function' ||
    !/^[a-zA-Z0-9_-]{1,64}$/.test(tool.function.name) ||
    tool.function.parameters['type'] !== 'object';
  return !Array.isArray(tools) || tools.length === 0 || tools.some(isBad) ? 'tools' : undefined;
}

function completion(message: object, finishReason = 'tool_calls'): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_800_000_000,
    model: 'deepseek-v4-flash',
    choices: [
      { index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: finishReason },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
  };
}

function toolCall(name: string, args: string): object {
  return { id: 'call_1', type: 'function', function: { name, arguments: args } };
}

/** Calls a tool, with arguments as a value or as the very text that is sent. */
export function calls(name: string, args: unknown): Reply {
  const text = typeof args === 'string' ? args : JSON.stringify(args);
  return (response) => sendJson(response, completion({ tool_calls: [toolCall(name, text)] }));
}

export function callsTwice(name: string, first: unknown, second: unknown): Reply {
  const both = [toolCall(name, JSON.stringify(first)), toolCall(name, JSON.stringify(second))];
  return (response) => sendJson(response, completion({ tool_calls: both }));
}

/** Answers in words in spite of tool_choice. */
export function says(content: string, finishReason = 'stop'): Reply {
  return (response) => sendJson(response, completion({ content }, finishReason));
}

export function fails(status: number, headers: object = {}): Reply {
  return (response) => sendJson(response, { error: { message: `status ${status}` } }, status, headers);
}

/** Accepts the request and never answers. */
export const hangs: Reply = () => undefined;

export const cutsTheConnection: Reply = (response) => {
  response.socket?.destroy();
};

export const sendsNoJson: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end('<html>a proxy\u2019s error page</html>');
};
