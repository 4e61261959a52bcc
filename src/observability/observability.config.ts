import { type ConfigOf, defineSection } from '../config/variable.js';
import { boolean, integer, oneOf, optionalUrl, text } from '../config/variables.js';

export const observabilityConfig = defineSection('observability', {
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    about: 'Least severe level that is logged.',
    default: 'info',
  }),
  LOG_JSON: boolean({
    about: 'One JSON object a line, for log collectors; otherwise readable text.',
    default: false,
  }),
  METRICS_ENABLED: boolean({ about: 'Serve Prometheus metrics on /metrics.', default: true }),
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl({
    about:
      'OTLP/HTTP collector for traces, such as http://otel-collector:4318. Unset: no tracing code is loaded.',
  }),
  OTEL_SERVICE_NAME: text({ about: 'Name of this service in traces.', default: 'clankerbot' }),
  OTEL_DATABASE_SPANS: boolean({
    about:
      'A span for each database statement of a request or a run, without its values. Many, and not for free.',
    default: false,
  }),
  SHUTDOWN_GRACE_SECONDS: integer({
    about: 'How long a stop waits for requests and jobs in flight before it hands back what is unfinished.',
    default: 25,
    min: 0,
    max: 3600,
  }),
});

export type ObservabilityConfig = ConfigOf<typeof observabilityConfig>;
