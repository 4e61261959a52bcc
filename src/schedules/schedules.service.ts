import { Inject, Injectable } from '@nestjs/common';
import { Reach } from '../access/reach.js';
import { SharedClock } from '../clock/shared-clock.js';
import { newId } from '../clock/new-id.js';
import { jsonText } from '../storage/json-text.js';
import { type Answered, StoredAnswers } from '../idempotency/stored-answers.js';
import { type Page, pageById, type PageRequest } from '../paging/page.js';
import { type ParsingConfig, parsingConfig } from '../parsing/parsing.config.js';
import { ScheduleDispatch } from './firing/schedule-dispatch.js';
import { columnsAgain, rulesColumns } from './schedule-columns.js';
import { isTimingKey, readRules, type TimingInput } from './timing/schedule-reader.js';
import {
  type NewScheduleRun,
  type ScheduleRunRow,
  ScheduleRunsRepository,
} from './schedule-runs.repository.js';
import { namesTarget, type TargetInput, ScheduleTargets } from './schedule-target.js';
import { runView, viewOf } from './schedule-view.js';
import { ScheduleNotFoundError, ScheduleOfFlowError } from './schedules.errors.js';
import { type NewSchedule, type ScheduleRow, SchedulesRepository } from './schedules.repository.js';

export interface ScheduleInput extends TimingInput, TargetInput {
  name?: string | undefined;
  paused?: boolean | undefined;
}

interface By {
  by: string;
  requestId: string;
  trustsModel: boolean;
  reach: Reach;
}

/** With the key, if there is one, under which the same request is carried out once. */
interface KeyedBy extends By {
  key: string | undefined;
}

/** What schedules and their runs are kept and carried out with. */
@Injectable()
export class ScheduleStores {
  constructor(
    readonly schedules: SchedulesRepository,
    readonly runs: ScheduleRunsRepository,
    readonly dispatch: ScheduleDispatch,
    readonly targets: ScheduleTargets,
  ) {}
}

@Injectable()
export class SchedulesService {
  constructor(
    private readonly stores: ScheduleStores,
    private readonly answers: StoredAnswers,
    @Inject(parsingConfig.token) private readonly config: ParsingConfig,
    private readonly clock: SharedClock,
  ) {}

  async create(sent: ScheduleInput, { key, ...by }: KeyedBy): Promise<Answered> {
    const answered = await this.answers.once({ key, request: ['create', sent] }, async () => {
      const schedule = await this.#newSchedule(sent, by);
      return async (transaction) => {
        const row = await this.stores.schedules.insert(schedule, transaction);
        return { scheduled: true, ...viewOf(row, by.reach) };
      };
    });
    this.stores.dispatch.planned();
    return answered;
  }

  /** The fields given take the place of the schedule's own; another timing replaces the whole of the old one. */
  async change(id: string, sent: ScheduleInput, asked: By): Promise<Record<string, unknown>> {
    const schedule = await this.#findOwn(id, asked.reach);
    await this.stores.targets.demand(schedule.target, asked.reach);
    const input = givenOf(sent);
    const now = this.clock.now();
    const isPaused = input.paused ?? schedule.is_paused;
    const changes: Partial<NewSchedule> = { is_paused: isPaused, updated_at: now };
    if (sent.name !== undefined) changes.name = sent.name;
    const changesTiming = Object.keys(input).some(isTimingKey);
    if (changesTiming || (schedule.is_paused && !isPaused)) {
      const wanted = { ...rulesOf(schedule, input), ...input };
      Object.assign(changes, columnsAgain(schedule, wanted, { timezone: schedule.timezone, isPaused, now }));
    } else if (isPaused) Object.assign(changes, { next_due_at: null, next_fire_at: null });
    if (namesTarget(input)) {
      const target = await this.stores.targets.read(input, { timezone: schedule.timezone, ...asked });
      changes.target = jsonText(target);
    }
    const row = await this.stores.schedules.update(id, changes);
    if (!row) throw new ScheduleNotFoundError();
    this.stores.dispatch.planned();
    return viewOf(row, asked.reach);
  }

  async delete(id: string, reach: Reach): Promise<void> {
    await this.#findOwn(id, reach);
    const { schedules } = this.stores;
    await schedules.transaction((transaction) => schedules.delete(id, transaction));
  }

  async get(id: string, reach: Reach): Promise<Record<string, unknown>> {
    const schedule = await this.#find(id, reach);
    const runs = await this.stores.runs.list({ scheduleId: id, limit: 20, reach });
    return { ...viewOf(schedule, reach), runs: runs.map((run) => runView(run, reach)) };
  }

  async list(page: PageRequest & { reach: Reach; paused?: boolean | undefined }): Promise<Page<object>> {
    const { limit, cursor, paused, reach } = page;
    const rows = await this.stores.schedules.list({ limit: limit + 1, beforeId: cursor, paused, reach });
    return pageById(rows, { limit, view: (row) => viewOf(row, reach) });
  }

  async listRuns(
    id: string,
    { limit, cursor, reach }: PageRequest & { reach: Reach },
  ): Promise<Page<object>> {
    await this.#find(id, reach);
    const rows = await this.stores.runs.list({
      scheduleId: id,
      limit: limit + 1,
      beforeId: cursor,
      reach,
    });
    return pageById(rows, { limit, view: (run) => runView(run, reach) });
  }

  /** Now, whatever else runs: somebody asked for it. */
  async runNow(id: string, { requestId, key, reach }: KeyedBy): Promise<Answered> {
    const { schedules, runs, dispatch } = this.stores;
    const answered = await this.answers.once({ key, request: ['run', id] }, async () => {
      const schedule = await this.#find(id, reach);
      await this.stores.targets.demand(schedule.target, reach);
      const flows = await dispatch.prepare();
      const run = manualRun(schedule, { requestId, now: this.clock.now() });
      return async (transaction) => {
        const [isThere] = await schedules.lock([id], transaction);
        if (isThere === undefined) throw new ScheduleNotFoundError();
        await runs.insert([run], transaction);
        await dispatch.send([run], transaction, flows);
        const row: ScheduleRunRow | undefined = await runs.find(run.id, transaction);
        if (!row) throw new ScheduleNotFoundError();
        return runView(row, reach);
      };
    });
    dispatch.told();
    return answered;
  }

  async #newSchedule(sent: ScheduleInput, asked: By): Promise<NewSchedule> {
    const input = givenOf(sent);
    const now = this.clock.now();
    const rules = readRules(input, { timezone: this.config.DEFAULT_TIME_ZONE, now });
    const target = await this.stores.targets.read(input, { timezone: rules.timezone, ...asked });
    const id = newId();
    const isPaused = input.paused ?? false;
    return {
      id,
      name: input.name ?? null,
      target: jsonText(target),
      flow_id: null,
      last_due_at: null,
      is_paused: isPaused,
      created_by: asked.by,
      created_at: now,
      updated_at: now,
      ...rulesColumns(id, rules, { isPaused, now }),
    };
  }

  async #find(id: string, reach: Reach): Promise<ScheduleRow> {
    const schedule = await this.stores.schedules.find(id, reach);
    if (!schedule) throw new ScheduleNotFoundError();
    return schedule;
  }

  async #findOwn(id: string, reach: Reach): Promise<ScheduleRow> {
    const schedule = await this.#find(id, reach);
    if (schedule.flow_id !== null) throw new ScheduleOfFlowError(schedule.flow_id);
    return schedule;
  }
}

/** Without what was not sent, which a DTO has as undefined: it must not hide what stays. Null says no more than that. */
function givenOf(sent: ScheduleInput): ScheduleInput {
  return Object.fromEntries(
    Object.entries(sent).filter(([, value]) => value !== undefined && value !== null),
  );
}

/** What a change leaves as it was. A new kind of timing leaves nothing of the old one. */
function rulesOf(schedule: ScheduleRow, changes: TimingInput): TimingInput {
  const { timing, misfire } = schedule;
  const hasZone = changes.timeZone !== undefined || changes.timezone !== undefined;
  const isReplaced = [changes.cron, changes.every, changes.at].some((part) => part !== undefined);
  return {
    ...(isReplaced ? {} : timing.kind === 'cron' ? { cron: timing.cron } : {}),
    ...(isReplaced ? {} : timing.kind === 'every' ? { every: timing.every, startAt: timing.anchor } : {}),
    ...(isReplaced ? {} : timing.kind === 'at' ? { at: timing.at } : {}),
    ...(hasZone ? {} : { timeZone: schedule.timezone }),
    misfire: misfire.policy === 'catch_up' ? { catch_up: misfire.max } : misfire.policy,
    overlap: schedule.overlap,
    jitter: schedule.jitter_seconds,
  };
}

function manualRun(
  schedule: ScheduleRow,
  { requestId, now }: { requestId: string; now: Date },
): NewScheduleRun {
  return {
    id: newId(),
    schedule_id: schedule.id,
    kind: 'manual',
    due_at: now,
    status: 'queued',
    target: schedule.target,
    request_id: requestId,
    created_at: now,
    started_at: null,
    finished_at: null,
    missed_count: 0,
    flow_run_id: null,
    error: null,
  };
}
