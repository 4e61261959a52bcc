import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { type ObservabilityConfig, observabilityConfig } from './observability.config.js';

/** Whether this process serves or is on its way out, and how long what is in flight may still take. */
@Injectable()
export class ServiceState {
  readonly #graceMs: number;
  #deadlineMs: number | undefined;

  constructor(
    @Inject(observabilityConfig.token) config: ObservabilityConfig,
    private readonly clock: Clock,
  ) {
    this.#graceMs = config.SHUTDOWN_GRACE_SECONDS * 1000;
  }

  get isDraining(): boolean {
    return this.#deadlineMs !== undefined;
  }

  /** From now on unready; one deadline for everything that drains. Later calls change nothing. */
  beginDraining(): void {
    this.#deadlineMs ??= this.clock.nowMs() + this.#graceMs;
  }

  /** What is left of SHUTDOWN_GRACE_SECONDS; all of it while nothing drains. */
  remainingGraceMs(): number {
    return this.#deadlineMs === undefined
      ? this.#graceMs
      : Math.max(0, this.#deadlineMs - this.clock.nowMs());
  }
}
