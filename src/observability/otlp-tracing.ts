import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { TraceOrigins } from './trace-origins.js';
import {
  setTracer,
  type TracedCall,
  type TracedRequest,
  type TracedStatement,
  type TracedWork,
  type TraceHeaders,
  type Tracer,
  type Tracing,
} from './tracer.js';

const LONGEST_SQL = 2_000;

/**
 * A span for each request, each call that leaves, and each work that nobody waits for, sent to an OTLP/HTTP collector in
 * batches. Loaded only by startTracing.
 */
export class OtlpTracing implements Tracer, Tracing {
  readonly #provider: NodeTracerProvider;
  readonly #origins = new TraceOrigins();
  readonly #tracer;

  readonly statement: Tracing['statement'];

  constructor(endpoint: string, serviceName: string, hasDatabaseSpans: boolean) {
    if (hasDatabaseSpans) this.statement = (statement) => this.#statement(statement);
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    this.#provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      idGenerator: this.#origins,
      spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1000 })],
    });
    this.#provider.register();
    this.#tracer = trace.getTracer('clankerbot');
    setTracer(this);
  }

  async stop(): Promise<void> {
    setTracer(undefined);
    await this.#provider.shutdown();
  }

  request(request: TracedRequest, run: () => void): ReturnType<Tracer['request']> {
    const { method, requestId } = request;
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const attributes = { 'http.request.method': method, 'clankerbot.request_id': requestId };
    const start = (): Span => this.#tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
    const isOwn = !request.isGivenId && trace.getSpanContext(parent) === undefined;
    const span = isOwn ? this.#origins.startAs(requestId, start) : start();
    if (!isOwn) this.#origins.remember(requestId, span.spanContext());
    context.with(trace.setSpan(parent, span), run);
    return (response) => endRequest(span, method, response);
  }

  work<T>({ name, attributes, causedBy }: TracedWork, run: () => Promise<T>): Promise<T> {
    const links = causedBy === undefined ? [] : [{ context: this.#origins.of(causedBy) }];
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CONSUMER, attributes, links }, ROOT_CONTEXT);
    return within(span, run);
  }

  call<T extends { status: number }>(
    call: TracedCall,
    send: (headers: TraceHeaders) => Promise<T>,
  ): Promise<T> {
    const attributes = {
      'http.request.method': call.method,
      'server.address': URL.parse(call.url)?.host ?? '',
    };
    const span = this.#tracer.startSpan(call.name, { kind: SpanKind.CLIENT, attributes });
    return within(span, async () => {
      const headers: Record<string, string> = {};
      if (call.isToldTrace) propagation.inject(context.active(), headers);
      const response = await send(headers);
      span.setAttribute('http.response.status_code', response.status);
      if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
      return response;
    });
  }

  /** Only within a request or a run: what the service asks by itself, all the time, is nobody's. */
  #statement({ sql, durationMs, hasFailed }: TracedStatement): void {
    if (trace.getActiveSpan() === undefined) return;
    const attributes = { 'db.system.name': 'postgresql', 'db.query.text': sql.slice(0, LONGEST_SQL) };
    const endMs = Date.now(); // A span's own stamp, not a decision about time.
    const options = { kind: SpanKind.CLIENT, attributes, startTime: endMs - durationMs };
    const span = this.#tracer.startSpan(sql.trim().split(/\s/, 1)[0] ?? 'sql', options);
    if (hasFailed) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(endMs);
  }
}

/** The message of an error is not told: it may hold what somebody sent. */
function within<T>(span: Span, run: () => Promise<T>): Promise<T> {
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await run();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      if (error instanceof Error) span.setAttribute('error.type', error.name);
      throw error;
    } finally {
      span.end();
    }
  });
}

function endRequest(span: Span, method: string, response: { route: string | null; status: number }): void {
  span.setAttribute('http.response.status_code', response.status);
  if (response.route !== null) {
    span.updateName(`${method} ${response.route}`);
    span.setAttribute('http.route', response.route);
  }
  if (response.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
