import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { setRequestTracer } from './request-tracer.js';

/** A server span per request, sent to an OTLP/HTTP collector in batches. Loaded only by startTracing. */
export class OtlpTracing {
  readonly #provider: NodeTracerProvider;

  constructor(endpoint: string, serviceName: string) {
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    this.#provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1000 })],
    });
    this.#provider.register();
    const tracer = trace.getTracer('clankerbot');
    setRequestTracer((request, run) => {
      const parent = propagation.extract(context.active(), request.headers);
      const attributes = {
        'http.request.method': request.method,
        'clankerbot.request_id': request.requestId,
      };
      const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER, attributes }, parent);
      context.with(trace.setSpan(parent, span), run);
      return (response) => endSpan(span, request.method, response);
    });
  }

  async stop(): Promise<void> {
    setRequestTracer(undefined);
    await this.#provider.shutdown();
  }
}

function endSpan(span: Span, method: string, response: { route: string | null; status: number }): void {
  span.setAttribute('http.response.status_code', response.status);
  if (response.route !== null) {
    span.updateName(`${method} ${response.route}`);
    span.setAttribute('http.route', response.route);
  }
  if (response.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
