import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { Tables } from '../../storage/database.js';
import type { Fault } from '../../errors/fault.js';

export interface FlowSchedule {
  flowId: string;
  name: string;
  /** Undefined where the flow has none, or none any more. */
  schedule: Readonly<Record<string, unknown>> | undefined;
  enabled: boolean;
  by: string;
}

/** Keeps the clock's side of flows. The schedules room above implements it and registers itself. */
export interface FlowScheduler {
  /** What is wrong with a flow's schedule; paths begin at the schedule. */
  check(schedule: Readonly<Record<string, unknown>>): Fault[];
  /** Makes the flow's schedule what its definition says, in the transaction in which that changes. */
  sync(flow: FlowSchedule, transaction: Transaction<Tables>): Promise<void>;
  /** Once that transaction has committed. */
  told(): void;
}

/** Where the scheduler is found, by whoever stands below it. */
@Injectable()
export class FlowScheduling {
  #scheduler: FlowScheduler | undefined;

  register(scheduler: FlowScheduler): void {
    this.#scheduler = scheduler;
  }

  check(schedule: Readonly<Record<string, unknown>>): Fault[] {
    return (
      this.#scheduler?.check(schedule) ?? [{ path: '', message: 'there are no schedules in this process' }]
    );
  }

  async sync(flow: FlowSchedule, transaction: Transaction<Tables>): Promise<void> {
    await this.#scheduler?.sync(flow, transaction);
  }

  told(): void {
    this.#scheduler?.told();
  }
}
