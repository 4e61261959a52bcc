import type { ObservabilityConfig } from './observability.config.js';
import type { Tracing } from './tracer.js';

/** Loads and starts OpenTelemetry only where a collector is configured. */
export async function startTracing(config: ObservabilityConfig): Promise<Tracing | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { OtlpTracing } = await import('./otlp-tracing.js');
  return new OtlpTracing(
    config.OTEL_EXPORTER_OTLP_ENDPOINT,
    config.OTEL_SERVICE_NAME,
    config.OTEL_DATABASE_SPANS,
  );
}
