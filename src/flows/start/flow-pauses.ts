import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../clock/clock.js';
import { ExpressionEngine } from '../expressions/expression-engine.js';
import { FlowMetrics } from '../execution/flow-metrics.js';
import { FlowsRepository } from '../flows.repository.js';

/** Once is no habit: a large event, a busy machine. */
export const CUT_OFFS_MAX = 10;
const WITHIN_MS = 600_000;

/**
 * Pauses a flow whose expressions are cut off again and again: each of them costs a process and all the time that it may
 * take. Promises that it is shown with its reason until somebody saves or enables it, and that an event that would have
 * started it meanwhile leaves a run that says so.
 */
@Injectable()
export class FlowPauses implements OnModuleInit {
  readonly #cutOffsMs = new Map<string, number[]>();

  constructor(
    private readonly engine: ExpressionEngine,
    private readonly repository: FlowsRepository,
    private readonly metrics: FlowMetrics,
    private readonly clock: Clock,
    @InjectPinoLogger('flows') private readonly log: PinoLogger,
  ) {}

  onModuleInit(): void {
    this.engine.onCutOff((flowId, reason) => void this.#note(flowId, reason));
  }

  async #note(flowId: string, reason: string): Promise<void> {
    const nowMs = this.clock.nowMs();
    const recent = (this.#cutOffsMs.get(flowId) ?? []).filter((atMs) => atMs > nowMs - WITHIN_MS);
    recent.push(nowMs);
    this.#cutOffsMs.set(flowId, recent);
    if (recent.length < CUT_OFFS_MAX) return;
    this.#cutOffsMs.delete(flowId);
    await this.#pause(flowId, reason);
  }

  async #pause(flowId: string, reason: string): Promise<void> {
    try {
      const isPaused = await this.repository.pause(flowId, { at: this.clock.now(), reason });
      if (!isPaused) return;
      this.metrics.paused();
      this.log.warn(
        { flow: flowId, reason },
        'A flow was paused: its expressions are cut off again and again',
      );
    } catch (error) {
      this.log.error({ err: error, flow: flowId }, 'A flow could not be paused');
    }
  }
}
