import { hash } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace-node';

/** Requests whose callers brought a trace or an id of their own, and whose runs may still come. */
const MOST_REMEMBERED = 10_000;

interface Ids {
  traceId: string;
  spanId: string;
}

/**
 * Tells which span a request had, long after it and on any replica, so that what it caused can be linked to it. Where the
 * service made the request's id and nobody brought a trace, the span's ids follow from that id, and nothing has to be
 * stored; other spans are remembered by the process that had them.
 */
export class TraceOrigins implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  readonly #remembered = new Map<string, SpanContext>();
  #next: Ids | undefined;

  generateTraceId(): string {
    return this.#next?.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.#next?.spanId ?? this.#random.generateSpanId();
  }

  /** The span that `start` starts has the ids that follow from the request's. */
  startAs<T>(requestId: string, start: () => T): T {
    this.#next = idsOf(requestId);
    try {
      return start();
    } finally {
      this.#next = undefined;
    }
  }

  remember(requestId: string, context: SpanContext): void {
    this.#remembered.delete(requestId);
    this.#remembered.set(requestId, context);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }

  of(requestId: string): SpanContext {
    return (
      this.#remembered.get(requestId) ?? {
        ...idsOf(requestId),
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      }
    );
  }
}

function idsOf(requestId: string): Ids {
  const digest = hash('sha256', `request ${requestId}`, 'hex');
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) };
}
