import type { Clock } from '../../clock/clock.js';

/** As long as somebody would wait for an answer. */
const PAGE_MS = 10_000;
const PAYLOAD_BYTES = 33_554_432;
const ANSWER_CHARS = 2_000_000;

/** The page is full, or nobody waits for it: what is being tried is tried again on the next. */
export class PageOver extends Error {}

/** How far one page of a back-test goes: in time, in what it reads and in what it answers. */
export class BacktestPage {
  readonly #overAtMs: number;
  #bytes = 0;
  #chars = 0;

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {
    this.#overAtMs = clock.nowMs() + PAGE_MS;
  }

  get isFull(): boolean {
    return this.#bytes >= PAYLOAD_BYTES || this.#chars >= ANSWER_CHARS || this.isOverdue;
  }

  get isOverdue(): boolean {
    return this.clock.nowMs() >= this.#overAtMs;
  }

  hasRead(bytes: number): void {
    this.#bytes += bytes;
  }

  hasWritten(chars: number): void {
    this.#chars += chars;
  }

  throwIfGone(): void {
    this.signal.throwIfAborted();
  }

  /** To be called in the middle of work. */
  throwIfOver(): void {
    this.throwIfGone();
    if (this.isOverdue) throw new PageOver();
  }
}
