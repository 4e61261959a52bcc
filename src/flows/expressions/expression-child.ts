import { Worker } from 'node:worker_threads';
import jsonata, { type Expression } from 'jsonata';

/** The process in which expressions and patterns run that may not end, or not fit: whoever waits ends it instead. */
export interface ChildRequest {
  id: number;
  maxResultBytes: number;
  scope?: unknown;
  sources?: readonly string[];
  match?: { pattern: string; text: string };
}

export interface ChildAnswer {
  id: number;
  value?: unknown;
  error?: string;
}

/** Once it has loaded what it needs it says so: the time that it took is no expression's. */
export type ChildMessage = ChildAnswer | { isReady: true };

// Of the same kind as this file: .js where it was built, .ts where Node runs the source.
const { compilePattern, LinearRegExp } = (await import(
  new URL(`./linear-pattern${import.meta.url.slice(-3)}`, import.meta.url).href
)) as typeof import('./linear-pattern.js');

const SEQUENCE_MAX = 100_000;
const STACK_MAX = 500;

const compiled = new Map<string, Expression>();
const COMPILED_MAX = 100;

function compile(source: string): Expression {
  const known = compiled.get(source);
  if (known) return known;
  if (compiled.size >= COMPILED_MAX) compiled.clear();
  const RegexEngine = LinearRegExp as unknown as RegExpConstructor;
  const expression = jsonata(source, { sequence: SEQUENCE_MAX, stack: STACK_MAX, RegexEngine });
  compiled.set(source, expression);
  return expression;
}

async function answer({ scope, sources, match, maxResultBytes }: ChildRequest): Promise<unknown> {
  if (match) return compilePattern(match.pattern, '').matcher(match.text).find();
  const results: (string | null)[] = [];
  for (const source of sources ?? []) {
    const value: unknown = await compile(source).evaluate(scope);
    // As text, because a result may carry JSONata's own marks, functions, or shared parts that grow when copied.
    const text = typeof value === 'function' ? undefined : JSON.stringify(value);
    if (text !== undefined && text.length > maxResultBytes) {
      throw new Error(`gives a result larger than ${maxResultBytes} characters`);
    }
    results.push(text ?? null);
  }
  return results;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return String((error as { message?: unknown } | null)?.message ?? error);
}

const busySince = new Float64Array(new SharedArrayBuffer(8));

/** When the service itself was killed, nobody is left to end a process that is lost in an expression. */
const WATCH = `
  const { workerData } = require('node:worker_threads');
  setInterval(() => {
    const since = workerData[0];
    if (since > 0 && Date.now() - since > 20000) process.kill(process.pid, 'SIGKILL');
  }, 1000);
`;
new Worker(WATCH, { eval: true, workerData: busySince }).unref();

async function reply(request: ChildRequest): Promise<ChildAnswer> {
  try {
    return { id: request.id, value: await answer(request) };
  } catch (error) {
    return { id: request.id, error: messageOf(error) };
  }
}

process.on('message', async (request: ChildRequest) => {
  busySince[0] = Date.now(); // A length of real time, in a process that has no Clock.
  const answered = await reply(request);
  busySince[0] = 0;
  process.send?.(answered);
});

process.send?.({ isReady: true });
