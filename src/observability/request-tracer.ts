import type { IncomingHttpHeaders } from 'node:http';

export interface TracedRequest {
  method: string;
  requestId: string;
  headers: IncomingHttpHeaders;
}

type EndTrace = (response: { route: string | null; status: number }) => void;

/** Runs the request inside a span and answers how to end it. */
export type RequestTracer = (request: TracedRequest, run: () => void) => EndTrace;

let tracer: RequestTracer | undefined;

export function setRequestTracer(next: RequestTracer | undefined): void {
  tracer = next;
}

/** Without tracing this costs one comparison. */
export function traceRequest(request: () => TracedRequest, run: () => void): EndTrace | undefined {
  if (tracer) return tracer(request(), run);
  run();
  return undefined;
}
