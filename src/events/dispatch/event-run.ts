import { runAs } from '../../observability/request-log.js';
import { type TracedWork, traceWork } from '../../observability/tracer.js';
import type { ClaimedEvent } from './claimed-event.js';
import type { EventDispatchRepository } from './event-dispatch.repository.js';
import type { EventContext, EventHandler } from '../event-handler.js';
import { ClaimLostError, EventAlreadyHandledError, HandlerTimeoutError } from '../events.errors.js';

export interface HandlerFailure {
  handler: string;
  error: unknown;
}

export interface RunResult {
  /** Handlers that are through with the event and may not have recorded it themselves. */
  handled: string[];
  failures: HandlerFailure[];
}

const HANDLER_TIMEOUT_MS = 300_000;

/** One try of one event: every handler that wants it and has not had it, side by side. */
export class EventRun {
  /** Made when somebody asks for it: most handlers do not, and it costs more than they do. */
  #controller: AbortController | undefined;
  #lostBecause: Error | undefined;

  constructor(
    readonly claimed: ClaimedEvent,
    private readonly handlers: readonly EventHandler[],
    private readonly repository: EventDispatchRepository,
  ) {}

  /** The lease ended, and somebody else may have the event: what this try still does no longer counts. */
  get isLost(): boolean {
    return this.#lostBecause !== undefined;
  }

  lose(reason: Error): void {
    this.#lostBecause = reason;
    this.#controller?.abort(reason);
  }

  async run(): Promise<RunResult> {
    const { handled, requestId } = this.claimed;
    const result: RunResult = { handled: [], failures: [] };
    const waiting = this.handlers.filter((handler) => !handled.includes(handler.name));
    if (waiting.length === 0) return result;
    await runAs({ requestId, clientAddress: 'event' }, () =>
      traceWork(
        () => this.#traced(),
        () => Promise.all(waiting.map((handler) => this.#tell(handler, result))),
      ),
    );
    return result;
  }

  #traced(): TracedWork {
    const { event, requestId } = this.claimed;
    const attributes = {
      'clankerbot.request_id': requestId,
      'clankerbot.event_id': event.id,
      'clankerbot.source': event.source,
    };
    return { name: 'event', attributes, causedBy: requestId };
  }

  async #tell(handler: EventHandler, result: RunResult): Promise<void> {
    try {
      await within(HANDLER_TIMEOUT_MS, handler.handle(this.claimed.event, this.#contextFor(handler)));
      result.handled.push(handler.name);
    } catch (error) {
      if (error instanceof EventAlreadyHandledError) result.handled.push(handler.name);
      else result.failures.push({ handler: handler.name, error });
    }
  }

  #signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#lostBecause) this.#controller.abort(this.#lostBecause);
    return this.#controller.signal;
  }

  #contextFor(handler: EventHandler): EventContext {
    const { event, attempts, requestId } = this.claimed;
    const signalOf = (): AbortSignal => this.#signal();
    return {
      attempt: attempts + 1,
      requestId,
      get signal() {
        return signalOf();
      },
      recordHandled: async (transaction) => {
        const recorded = await this.repository.recordHandled(transaction, this.claimed, handler.name);
        if (recorded === 'before') throw new EventAlreadyHandledError(event.id, handler.name);
        if (recorded === 'lost') throw new ClaimLostError(event.id);
      },
    };
  }
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new HandlerTimeoutError(timeoutMs)), timeoutMs).unref();
  try {
    await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
