import type { Clock } from '../../clock/clock.js';
import { IntegrationError } from '../integration-error.js';
import type { BudgetStore, Lease } from './budget-store.js';

export interface BudgetLimit {
  name: string;
  limit: number;
  windowMs: number;
  /** Longest wait for a permit; whoever would wait longer is told at once. */
  maxWaitMs: number;
}

export interface PermitRequest {
  priority: 'interactive' | 'background';
  signal?: AbortSignal | undefined;
}

interface Waiter extends PermitRequest {
  sinceMs: number;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** Of the limit: what one replica may hold unused, and what it may take at once. */
const AHEAD_SHARE = 25;
const BLOCK_SHARE = 5;

/**
 * Permits for requests out of a budget that replicas share. Permits are leased in blocks ahead of need, so that a call
 * normally takes one without a query. Promises that interactive calls go first, and that at most a 25th of the limit
 * (or one) per replica is spent beyond it.
 */
export class RequestBudget {
  readonly #waiting: Record<PermitRequest['priority'], Waiter[]> = { interactive: [], background: [] };
  readonly #ahead: number;
  readonly #block: number;
  #inHand = 0;
  #isLeasing = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: BudgetStore,
    private readonly limit: BudgetLimit,
    private readonly clock: Clock,
  ) {
    this.#ahead = Math.max(1, Math.floor(limit.limit / AHEAD_SHARE));
    this.#block = Math.max(1, Math.ceil(limit.limit / BLOCK_SHARE));
  }

  /** Resolves with the permit to send one request. */
  async take(request: PermitRequest): Promise<void> {
    request.signal?.throwIfAborted();
    if (this.#inHand > 0 && this.#waitingCount() === 0) {
      this.#inHand -= 1;
      this.#lease();
      return;
    }
    await this.#wait(request);
  }

  #wait(request: PermitRequest): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { ...request, sinceMs: this.clock.nowMs(), resolve, reject };
    const queue = this.#waiting[request.priority];
    queue.push(waiter);
    if (request.priority === 'interactive' && queue.length === 1) this.#retryNow();
    const onAbort = (): void => {
      const index = queue.indexOf(waiter);
      if (index === -1) return;
      queue.splice(index, 1);
      reject(request.signal?.reason);
    };
    request.signal?.addEventListener('abort', onAbort, { once: true });
    this.#lease();
    return promise.finally(() => request.signal?.removeEventListener('abort', onAbort));
  }

  /** Starts a lease unless one is under way or half of what is held ahead is still in hand. */
  #lease(): void {
    const waiting = this.#waiting.interactive.length || this.#waiting.background.length;
    const wanted = Math.min(this.#block, waiting + this.#ahead - this.#inHand);
    const isEnough = waiting === 0 && this.#inHand > this.#ahead / 2;
    if (this.#isLeasing || wanted <= 0 || isEnough) return;
    this.#isLeasing = true;
    const isBackground = this.#waiting.interactive.length === 0 && waiting > 0;
    const { name, limit, windowMs } = this.limit;
    this.store.lease(name, { limit, windowMs, wanted, isBackground }).then(
      (lease) => this.#leased(lease),
      (error: unknown) => this.#failed(error),
    );
  }

  #leased({ granted, waitMs }: Lease): void {
    this.#inHand += granted;
    for (let next = this.#nextWaiter(); next && this.#inHand > 0; next = this.#nextWaiter()) {
      this.#waiting[next.priority].shift();
      this.#inHand -= 1;
      next.resolve();
    }
    if (granted === 0) this.#refuse(waitMs);
    if (this.#waitingCount() === 0) this.#isLeasing = false;
    else this.#retry = setTimeout(() => this.#again(), granted === 0 ? waitMs : 0).unref();
  }

  /** What is refused to background calls may be granted to an interactive one. */
  #retryNow(): void {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#again();
  }

  #again(): void {
    this.#retry = undefined;
    this.#isLeasing = false;
    this.#lease();
  }

  #failed(error: unknown): void {
    this.#isLeasing = false;
    for (const queue of Object.values(this.#waiting)) {
      for (const waiter of queue.splice(0)) waiter.reject(error);
    }
  }

  /** Whoever would wait too long hears it now, with when to come back. */
  #refuse(waitMs: number): void {
    const nowMs = this.clock.nowMs();
    for (const queue of Object.values(this.#waiting)) {
      const late = queue.filter(({ sinceMs }) => nowMs + waitMs - sinceMs > this.limit.maxWaitMs);
      for (const waiter of late) {
        queue.splice(queue.indexOf(waiter), 1);
        waiter.reject(exhausted(waitMs));
      }
    }
  }

  #nextWaiter(): Waiter | undefined {
    return this.#waiting.interactive[0] ?? this.#waiting.background[0];
  }

  #waitingCount(): number {
    return this.#waiting.interactive.length + this.#waiting.background.length;
  }
}

function exhausted(waitMs: number): IntegrationError {
  return new IntegrationError('rate_limited', 'The budget of requests to Clockify is used up', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
