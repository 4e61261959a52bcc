import { createRequire } from 'node:module';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { prettyFactory } from 'pino-pretty';
import { createLogOutput } from './log-output.js';
import type { ObservabilityConfig } from './observability.config.js';
import { createRedactor } from './redaction.js';
import { currentRequest } from './request-log.js';
import { visible } from './visible-text.js';

/** For pino-pretty, which a service that logs JSON never needs in memory. */
const require = createRequire(import.meta.url);

/** The one logger of the process. Promises that no configured secret leaves through it. */
export function createLogger(
  config: ObservabilityConfig,
  secretTexts: readonly string[],
  destination: DestinationStream = createLogOutput(),
): Logger {
  const redact = createRedactor(secretTexts);
  const out = config.LOG_JSON ? destination : prettyInto(destination);
  return pino(
    {
      level: config.LOG_LEVEL,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`, // The log's own stamp, not a decision about time.
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      mixin: (fields) => requestFields(fields),
    },
    { write: (line: string) => void out.write(visible(redact(line))) },
  );
}

/** Which request a line belongs to, unless the line says so itself. */
function requestFields(fields: object): object {
  if ('request_id' in fields) return {};
  const request = currentRequest();
  return request ? { request_id: request.requestId } : {};
}

function prettyInto(destination: DestinationStream): DestinationStream {
  const pretty = require('pino-pretty') as { prettyFactory: typeof prettyFactory };
  const format = pretty.prettyFactory({
    colorize: false,
    messageKey: 'message',
    timestampKey: 'timestamp',
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'context',
    messageFormat: '{if context}[{context}] {end}{message}',
    singleLine: true,
  });
  // It reads the escapes of the JSON line, so what they stood for is there again.
  return { write: (line) => void destination.write(visible(format(line) ?? line)) };
}

/** An error's own words only: fields that libraries attach (requests, headers, SQL parameters) may hold secrets. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  };
}
