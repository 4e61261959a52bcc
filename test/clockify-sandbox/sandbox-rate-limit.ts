import type { Clock } from '../../src/clock/clock.js';
import { tooManyRequests } from './sandbox-refusal.js';

export interface SandboxLimit {
  requests: number;
  perMs: number;
}

/** At most so many requests in a window, for each credential; off without a limit. */
export class SandboxRateLimit {
  readonly #windows = new Map<string, { startMs: number; count: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly limit: SandboxLimit | undefined,
  ) {}

  take(credential: string): void {
    if (!this.limit) return;
    const nowMs = this.clock.nowMs();
    let window = this.#windows.get(credential);
    if (!window || nowMs - window.startMs >= this.limit.perMs) {
      window = { startMs: nowMs, count: 0 };
      this.#windows.set(credential, window);
    }
    window.count += 1;
    if (window.count <= this.limit.requests) return;
    throw tooManyRequests(Math.max(1, Math.ceil((window.startMs + this.limit.perMs - nowMs) / 1000)));
  }
}
