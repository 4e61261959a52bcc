import { checkJson } from '../../http/json-body.js';

/** The call that a model's answer contains, or why none can be read from it. */
export type ModelAnswer =
  { kind: 'call'; tool: string; args: Record<string, unknown> } | { kind: 'unreadable'; reason: string };

const JSON_LIMITS = { maxDepth: 32, maxKeys: 5_000 };
const FENCE = /```(?:json)?\s*([\s\S]*?)```/i;

/**
 * Reads a chat completion as models really send it: arguments with text after them, calls in the text and in fences,
 * objects in place of JSON text. Where it is not clear which call is meant, it is none.
 */
export function readAnswer(completion: unknown): ModelAnswer {
  const choice = field(field(completion, 'choices'), 0);
  const message = field(choice, 'message');
  if (message === undefined) return unreadable('the answer has no message');
  if (field(choice, 'finish_reason') === 'length') return unreadable('the answer was cut off');
  const calls = field(message, 'tool_calls');
  if (Array.isArray(calls) && calls.length > 0) return readCalls(calls);
  const content = field(message, 'content');
  return typeof content === 'string' ? readContent(content) : unreadable('the answer has no call');
}

function readCalls(calls: readonly unknown[]): ModelAnswer {
  if (calls.length > 1) return unreadable('the answer has more than one call');
  const called = field(calls[0], 'function');
  const tool = field(called, 'name');
  if (typeof tool !== 'string') return unreadable('the call has no name');
  const args = field(called, 'arguments');
  if (isObject(args)) return { kind: 'call', tool, args };
  if (typeof args !== 'string') return unreadable('the call has no arguments');
  if (args.trim() === '') return { kind: 'call', tool, args: {} };
  const read = readOneObject(args);
  return typeof read === 'string' ? unreadable(read) : { kind: 'call', tool, args: read };
}

/** Some servers answer the call as text in spite of tool_choice. */
function readContent(content: string): ModelAnswer {
  const read = readOneObject(FENCE.exec(content)?.[1] ?? content);
  if (typeof read === 'string') return unreadable(read);
  const inner = isObject(read['function']) ? read['function'] : read;
  const tool = inner['name'] ?? inner['tool'];
  const args = inner['arguments'] ?? inner['parameters'] ?? inner['params'];
  if (typeof tool !== 'string') return unreadable('the answer names no function');
  if (typeof args === 'string') {
    const parsed = readOneObject(args);
    return typeof parsed === 'string' ? unreadable(parsed) : { kind: 'call', tool, args: parsed };
  }
  return isObject(args) ? { kind: 'call', tool, args } : unreadable('the call has no arguments');
}

/** The JSON object at the start of a text, whatever words come after it; a reason if there is none, or a second. */
function readOneObject(text: string): Record<string, unknown> | string {
  const start = text.indexOf('{');
  if (start === -1) return 'the arguments are not a JSON object';
  const end = endOfObject(text, start);
  if (end === undefined) return 'the arguments are not closed';
  try {
    const value: unknown = JSON.parse(text.slice(start, end));
    if (!isObject(value)) return 'the arguments are not a JSON object';
    checkJson(value, JSON_LIMITS);
    const rest = text.slice(end);
    const second = rest.indexOf('{');
    if (second !== -1 && endOfObject(rest, second) !== undefined)
      return 'the answer has more than one object';
    return value;
  } catch {
    return 'the arguments are not valid JSON';
  }
}

function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (isInString) {
      if (char === '\\') at++;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}

function unreadable(reason: string): ModelAnswer {
  return { kind: 'unreadable', reason };
}

function field(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string | number, unknown>)[name]
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
