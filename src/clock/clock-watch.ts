import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from './clock.js';
import { LEAST_STEP_MS } from './shared-clock.js';

const LOOK_EVERY_MS = 1_000;

/** Notices that somebody has set this machine's clock, or that the machine slept: the monotonic clock did not go along. */
@Injectable()
export class ClockWatch implements OnModuleInit, BeforeApplicationShutdown {
  readonly #ears = new Set<(stepMs: number) => void>();
  #aheadMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly clock: Clock) {
    this.#aheadMs = this.#ahead();
  }

  onModuleInit(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  onStep(ear: (stepMs: number) => void): void {
    this.#ears.add(ear);
  }

  look(): void {
    const stepMs = this.#ahead() - this.#aheadMs;
    this.#aheadMs += stepMs;
    if (Math.abs(stepMs) < LEAST_STEP_MS) return;
    for (const ear of this.#ears) ear(stepMs);
  }

  #ahead(): number {
    return this.clock.nowMs() - performance.now();
  }
}
