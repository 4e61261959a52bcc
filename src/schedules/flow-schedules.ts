import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { SharedClock } from '../clock/shared-clock.js';
import { newId } from '../clock/new-id.js';
import { type FlowSchedule, type FlowScheduler, FlowScheduling } from '../flows/document/flow-scheduling.js';
import { jsonText } from '../storage/json-text.js';
import { type ParsingConfig, parsingConfig } from '../parsing/parsing.config.js';
import type { Tables } from '../storage/database.js';
import { WorkBell } from '../storage/work-bell.js';
import { columnsAgain, rulesColumns } from './schedule-columns.js';
import {
  isTimingKey,
  readRules,
  type ScheduleRules,
  TIMING_KEYS,
  type TimingInput,
} from './timing/schedule-reader.js';
import { ScheduleInvalidError } from './schedules.errors.js';
import type { Fault } from '../errors/fault.js';
import { SchedulesRepository } from './schedules.repository.js';

/** The schedules that flows have in their triggers: made, changed and removed with the flow, in its transaction. */
@Injectable()
export class FlowSchedules implements FlowScheduler, OnModuleInit {
  constructor(
    private readonly scheduling: FlowScheduling,
    private readonly schedules: SchedulesRepository,
    @Inject(parsingConfig.token) private readonly config: ParsingConfig,
    private readonly clock: SharedClock,
    private readonly bell: WorkBell,
  ) {}

  onModuleInit(): void {
    this.scheduling.register(this);
  }

  check(schedule: Readonly<Record<string, unknown>>): Fault[] {
    const unknown = Object.keys(schedule).filter((key) => !isTimingKey(key));
    const faults = unknown.map((path) => ({
      path,
      message: `is not known here; known are ${TIMING_KEYS.join(', ')}`,
    }));
    try {
      this.#read(schedule);
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
    const now = this.clock.now();
    const isPaused = !flow.enabled;
    const common = { name: flow.name.slice(0, 255), is_paused: isPaused, updated_at: now };
    if (existing) {
      const wanted = goingOn(flow.schedule, existing.timing);
      const columns = orIfOver({ next_due_at: null, next_fire_at: null }, () =>
        columnsAgain(existing, wanted, { timezone: this.config.DEFAULT_TIME_ZONE, isPaused, now }),
      );
      await this.schedules.update(existing.id, { ...columns, ...common }, transaction);
      return;
    }
    const { schedule } = flow;
    const rules = orIfOver(undefined, () => this.#read(schedule));
    if (!rules) return;
    const id = newId();
    await this.schedules.insert(
      {
        id,
        ...common,
        ...rulesColumns(id, rules, { isPaused, now }),
        target: jsonText({ kind: 'flow', flowId: flow.flowId, payload: null }),
        flow_id: flow.flowId,
        last_due_at: null,
        created_by: flow.by,
        created_at: now,
      },
      transaction,
    );
  }

  told(): void {
    this.bell.ring('schedules');
  }

  #read(schedule: TimingInput): ScheduleRules {
    return readRules(schedule, { timezone: this.config.DEFAULT_TIME_ZONE, now: this.clock.now() });
  }
}

/** An interval that was begun goes on from where it began, whatever else of the flow changes. */
function goingOn(schedule: TimingInput, before: ScheduleRules['timing']): TimingInput {
  const goesOn = before.kind === 'every' && before.every === schedule.every && schedule.startAt === undefined;
  return goesOn ? { ...schedule, startAt: before.anchor } : schedule;
}

/** The rules were checked when the flow was saved: what cannot be read any more is a single time that is over. */
function orIfOver<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ScheduleInvalidError)) throw error;
    return otherwise;
  }
}
