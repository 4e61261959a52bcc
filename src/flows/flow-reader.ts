import { Injectable } from '@nestjs/common';
import { HeavyTurns } from '../http/heavy-turns.js';
import { FlowCheck } from './flow-check.js';
import type { FlowDefinition } from './flow-definition.js';
import { FlowScheduling } from './flow-scheduling.js';
import { isEqual } from './value-order.js';

/** Reads the documents that people send, one after the other, so that many of them do not keep others from being answered. */
@Injectable()
export class FlowReader {
  constructor(
    private readonly checks: FlowCheck,
    private readonly scheduling: FlowScheduling,
    private readonly turns: HeavyTurns,
  ) {}

  /** The definition that a document means, or the error that lists what is wrong with it. `before`: what it replaces. */
  read(document: unknown, before?: FlowDefinition): Promise<FlowDefinition> {
    return this.turns.take(() => this.#readNow(document, before));
  }

  #readNow(document: unknown, before: FlowDefinition | undefined): FlowDefinition {
    return this.checks.read(document, ({ trigger }, faults) => {
      if (!trigger.schedule) return;
      // An `at` that stood there before was right when it was written; it may be over by now.
      const isKept = isEqual(trigger.schedule, before?.trigger.schedule);
      if (isKept && typeof trigger.schedule['at'] === 'string') return;
      for (const { path, message } of this.scheduling.check(trigger.schedule)) {
        faults.add(path === '' ? 'trigger.schedule' : `trigger.schedule.${path}`, message);
      }
    });
  }
}
