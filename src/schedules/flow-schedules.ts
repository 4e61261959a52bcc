import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { type FlowSchedule, type FlowScheduler, FlowScheduling } from '../flows/flow-scheduling.js';
import { isEqual } from '../flows/value-order.js';
import { jsonText } from '../flows/json-text.js';
import { type ParsingConfig, parsingConfig } from '../parsing/parsing.config.js';
import type { Tables } from '../storage/database.js';
import { readRules, type ScheduleRules, TIMING_KEYS, type TimingInput } from './schedule-reader.js';
import { type Fault, ScheduleInvalidError } from './schedules.errors.js';
import { type ScheduleRow, SchedulesRepository } from './schedules.repository.js';
import { rulesColumns } from './schedules.service.js';

/** From here every time is still to come. */
const LONG_AGO = new Date(0);

/** The schedules that flows have in their triggers: made, changed and removed with the flow, in its transaction. */
@Injectable()
export class FlowSchedules implements FlowScheduler, OnModuleInit {
  constructor(
    private readonly scheduling: FlowScheduling,
    private readonly schedules: SchedulesRepository,
    @Inject(parsingConfig.token) private readonly config: ParsingConfig,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.scheduling.register(this);
  }

  check(schedule: Readonly<Record<string, unknown>>): Fault[] {
    const unknown = Object.keys(schedule).filter((key) => !TIMING_KEYS.includes(key));
    const faults = unknown.map((path) => ({
      path,
      message: `is not known here; known are ${TIMING_KEYS.join(', ')}`,
    }));
    try {
      this.#read(schedule, this.clock.now());
      return faults;
    } catch (error) {
      if (!(error instanceof ScheduleInvalidError)) throw error;
      return [...faults, ...(error.details as Fault[])];
    }
  }

  async sync(flow: FlowSchedule, transaction: Transaction<Tables>): Promise<void> {
    const existing = await this.schedules.findForFlow(flow.flowId, transaction);
    if (flow.schedule === undefined) {
      if (existing) await this.schedules.delete(existing.id, transaction);
      return;
    }
    const id = existing?.id ?? newId();
    const now = this.clock.now();
    const isPaused = !flow.enabled;
    const rules = this.#readOrNone(flow.schedule, now, existing?.timing);
    const columns = rules ? rulesColumns(id, rules, isPaused) : { next_due_at: null, next_fire_at: null }; // Its only time is over.
    const timing = rules ?? this.#readOrNone(flow.schedule, LONG_AGO);
    if (existing && timing && isSameTiming(existing, timing) && existing.is_paused === isPaused) {
      // What is due right now, or waits for its jitter, stays due, whatever else of the flow is saved.
      Object.assign(columns, { next_due_at: existing.next_due_at, next_fire_at: existing.next_fire_at });
    }
    const common = { name: flow.name.slice(0, 255), is_paused: isPaused, updated_at: now };
    if (existing) {
      await this.schedules.update(id, { ...columns, ...common }, transaction);
    } else if (rules) {
      await this.schedules.insert(
        {
          id,
          ...common,
          ...rulesColumns(id, rules, isPaused),
          target: jsonText({ kind: 'flow', flowId: flow.flowId, payload: null }),
          flow_id: flow.flowId,
          last_due_at: null,
          created_by: flow.by,
          created_at: now,
        },
        transaction,
      );
    }
  }

  /** An interval that was begun goes on from where it began, whatever else of the flow changes. */
  #readOrNone(schedule: TimingInput, now: Date, before?: ScheduleRules['timing']): ScheduleRules | undefined {
    const goesOn =
      before?.kind === 'every' && before.every === schedule.every && schedule.startAt === undefined;
    try {
      return this.#read(goesOn ? { ...schedule, startAt: before.anchor } : schedule, now);
    } catch (error) {
      if (!(error instanceof ScheduleInvalidError)) throw error;
      return undefined;
    }
  }

  #read(schedule: TimingInput, now: Date): ScheduleRules {
    return readRules(schedule, { timezone: this.config.DEFAULT_TIME_ZONE, now });
  }
}

function isSameTiming(existing: ScheduleRow, rules: ScheduleRules): boolean {
  return (
    isEqual(existing.timing, rules.timing) &&
    existing.timezone === rules.timezone &&
    existing.jitter_seconds === rules.jitterSeconds
  );
}
