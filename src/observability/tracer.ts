import type { IncomingHttpHeaders } from 'node:http';

export interface TracedRequest {
  method: string;
  requestId: string;
  /** The caller gave the id, so that it may come again. */
  isGivenId: boolean;
  headers: IncomingHttpHeaders;
}

type EndTrace = (response: { route: string | null; status: number }) => void;
type Attributes = Readonly<Record<string, string | number>>;

/** Work that nobody waits for: an event that is handled, a run, a job. */
export interface TracedWork {
  name: string;
  attributes: Attributes;
  /** The id of the request that caused it, where one did. */
  causedBy?: string | undefined;
}

/** A call to another service. Its URL is not told: it may hold tokens. */
export interface TracedCall {
  name: string;
  method: string;
  url: string;
  /** Whether the other side is told the trace. Not an address of the user's choice, whose request is signed as he wrote it. */
  isToldTrace: boolean;
}

/** Its text has places for values, and no value. */
export interface TracedStatement {
  sql: string;
  durationMs: number;
  hasFailed: boolean;
}

export type TraceHeaders = Readonly<Record<string, string>>;

export interface Tracer {
  /** Runs the request inside a span and answers how to end it. */
  request(request: TracedRequest, run: () => void): EndTrace;
  /** In a trace of its own, linked to what caused it. */
  work<T>(work: TracedWork, run: () => Promise<T>): Promise<T>;
  call<T extends { status: number }>(
    call: TracedCall,
    send: (headers: TraceHeaders) => Promise<T>,
  ): Promise<T>;
}

export interface Tracing {
  /** Sends what has not been sent yet. */
  stop(): Promise<void>;
  /** To be told of each statement of the database; absent where nobody asked for that. */
  readonly statement?: ((statement: TracedStatement) => void) | undefined;
}

const NO_HEADERS: TraceHeaders = {};
let tracer: Tracer | undefined;

export function setTracer(next: Tracer | undefined): void {
  tracer = next;
}

/** Without tracing this, like the two below, costs one comparison. */
export function traceRequest(request: () => TracedRequest, run: () => void): EndTrace | undefined {
  if (tracer) return tracer.request(request(), run);
  run();
  return undefined;
}

export function traceWork<T>(work: () => TracedWork, run: () => Promise<T>): Promise<T> {
  return tracer ? tracer.work(work(), run) : run();
}

/** `send` is given the headers that tell the other side of the trace. */
export function traceCall<T extends { status: number }>(
  call: () => TracedCall,
  send: (headers: TraceHeaders) => Promise<T>,
): Promise<T> {
  return tracer ? tracer.call(call(), send) : send(NO_HEADERS);
}
