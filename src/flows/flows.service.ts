import { Injectable } from '@nestjs/common';
import { Reach } from '../access/reach.js';
import { Clock } from '../clock/clock.js';
import { newId } from '../clock/new-id.js';
import { BadCursorError, type Page, pageById, pageOf, type PageRequest } from '../paging/page.js';
import { type Fields, isFields } from './document/fault-list.js';
import type { FlowCost } from './document/flow-cost.js';
import type { FlowDefinition } from './document/flow-definition.js';
import { toDocument } from './document/flow-document.js';
import { type Forecast, FlowForecast } from './backtest/flow-forecast.js';
import { FlowReach } from './flow-reach.js';
import { FlowReader } from './document/flow-reader.js';
import { FlowScheduling } from './document/flow-scheduling.js';
import { FlowConflictError, FlowInvalidError, FlowNotFoundError } from './flows.errors.js';
import type { Fault } from '../errors/fault.js';
import { type FlowRow, FlowsRepository } from './flows.repository.js';

/** A flow as it is answered: its document, with what the service knows of it beside. */
export interface FlowView extends Record<string, unknown> {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  createdBy: string;
  cost: FlowCost;
  /** Where the service itself keeps events from starting it. */
  paused?: { at: Date; reason: string };
  /** Absent where there are none. */
  warnings?: Fault[];
}

interface FlowPageRequest extends PageRequest {
  reach: Reach;
  enabled?: boolean | undefined;
}

export interface CheckReport {
  valid: boolean;
  faults: unknown;
  flow?: Record<string, unknown>;
  cost?: FlowCost;
  warnings?: Fault[];
}

/** Who creates, changes and deletes flows is an admin, and an admin's key is bound to nothing. */
@Injectable()
export class FlowsService {
  constructor(
    private readonly repository: FlowsRepository,
    private readonly reader: FlowReader,
    private readonly scheduling: FlowScheduling,
    private readonly forecast: FlowForecast,
    private readonly reaches: FlowReach,
    private readonly clock: Clock,
  ) {}

  async create(document: unknown, by: string): Promise<FlowView> {
    const definition = await this.reader.read(document);
    const id = newId();
    await this.repository.transaction(async (transaction) => {
      await this.repository.insert({ id, definition, by, at: this.clock.now() }, transaction);
      await this.scheduling.sync(scheduleOf(id, definition, by), transaction);
    });
    this.scheduling.told();
    return this.get(id, Reach.ALL);
  }

  /** A document that still carries the version it was read with replaces that version only. */
  async replace(id: string, document: unknown, by: string): Promise<FlowView> {
    const flow = await this.find(id, Reach.ALL);
    const fields = isFields(document) ? document : {};
    checkVersion(fields, flow.version);
    const expectedVersion = 'version' in fields ? flow.version : undefined;
    return this.#save(id, await this.reader.read(document, flow.definition), { by, expectedVersion });
  }

  /** The given top-level fields take the place of the flow's own. A version among them is the one to be changed. */
  async change(id: string, changes: unknown, by: string): Promise<FlowView> {
    const flow = await this.find(id, Reach.ALL);
    if (!isFields(changes)) throw new FlowInvalidError([{ path: '', message: 'must be an object' }]);
    checkVersion(changes, flow.version);
    const document: Fields = { ...toDocument(flow.definition), ...changes };
    const definition = await this.reader.read(document, flow.definition);
    return this.#save(id, definition, { by, expectedVersion: flow.version });
  }

  async setEnabled(
    id: string,
    enabled: boolean,
    { by, reach }: { by: string; reach: Reach },
  ): Promise<FlowView> {
    const flow = await this.find(id, reach);
    await this.reaches.demandTriggered(reach, flow.definition);
    if (flow.definition.enabled === enabled && flow.paused_at === null) return this.get(id, reach);
    return this.#save(id, { ...flow.definition, enabled }, { by, expectedVersion: flow.version });
  }

  async delete(id: string, by: string): Promise<void> {
    const flow = await this.find(id, Reach.ALL);
    await this.repository.transaction(async (transaction) => {
      await this.repository.softDelete(id, this.clock.now(), transaction);
      const gone = { ...scheduleOf(id, flow.definition, by), schedule: undefined };
      await this.scheduling.sync(gone, transaction);
    });
  }

  async get(id: string, reach: Reach): Promise<FlowView> {
    const flow = await this.find(id, reach);
    return viewOf(flow, await this.forecast.of(flow.definition));
  }

  async find(id: string, reach: Reach): Promise<FlowRow> {
    const flow = await this.repository.find(id, reach);
    if (!flow) throw new FlowNotFoundError();
    return flow;
  }

  async list({ limit, cursor, enabled, reach }: FlowPageRequest): Promise<Page<FlowView>> {
    const rows = await this.repository.list({ limit: limit + 1, beforeId: cursor, enabled, reach });
    const { items, nextCursor } = pageById(rows, { limit, view: (row) => row });
    const forecasts = await this.forecast.ofAll(items.map((row) => row.definition));
    return {
      items: forecasts.map((forecast, index) => viewOf(items[index] as FlowRow, forecast)),
      nextCursor,
    };
  }

  /** Those of a deleted flow, too: its runs are still there, and can be replayed. */
  async versions(id: string, { limit, cursor }: PageRequest, reach: Reach): Promise<Page<object>> {
    const before = cursor === undefined ? undefined : readVersion(cursor);
    const rows = await this.repository.versionsOf(id, { limit: limit + 1, before, reach });
    if (rows.length === 0 && !(await this.repository.wasEver(id, reach))) throw new FlowNotFoundError();
    return pageOf(rows, {
      limit,
      view: (row) => ({ version: row.version, createdBy: row.created_by, createdAt: row.created_at }),
      cursorOf: (row) => String(row.version),
    });
  }

  async version(id: string, version: number, reach: Reach): Promise<FlowDefinition> {
    const row = await this.repository.version(id, version, reach);
    if (!row) throw new FlowNotFoundError();
    return row.definition;
  }

  /** What saving the document would say, without saving it. */
  async validate(document: unknown, reach: Reach): Promise<CheckReport> {
    try {
      const definition = await this.reader.read(document);
      await this.reaches.demandSteps(reach, definition);
      const forecast = await this.forecast.of(definition);
      return { valid: true, faults: [], flow: toDocument(definition), ...forecast };
    } catch (error) {
      if (!(error instanceof FlowInvalidError)) throw error;
      return { valid: false, faults: error.details };
    }
  }

  async #save(
    id: string,
    definition: FlowDefinition,
    options: { by: string; expectedVersion?: number | undefined },
  ): Promise<FlowView> {
    const { by, expectedVersion } = options;
    const version = await this.repository.transaction(async (transaction) => {
      const at = this.clock.now();
      const saved = await this.repository.update({ id, definition, by, at, expectedVersion }, transaction);
      if (saved !== undefined) await this.scheduling.sync(scheduleOf(id, definition, by), transaction);
      return saved;
    });
    if (version === undefined) {
      const now = await this.find(id, Reach.ALL);
      throw changedMeanwhile(now.version);
    }
    this.scheduling.told();
    return this.get(id, Reach.ALL);
  }
}

function changedMeanwhile(version: number): FlowConflictError {
  return new FlowConflictError(`The flow was changed meanwhile: it is at version ${version}`);
}

/** Whoever sends a version means to be held to it: one that says nothing is refused rather than passed over. */
function checkVersion({ version }: Fields, current: number): void {
  if (version === undefined || version === current) return;
  if (Number.isInteger(version) && Number(version) > 0) throw changedMeanwhile(current);
  throw new FlowInvalidError([{ path: 'version', message: 'must be a whole number, as it was answered' }]);
}

function viewOf(flow: FlowRow, { cost, warnings }: Forecast): FlowView {
  return {
    id: flow.id,
    version: flow.version,
    ...toDocument(flow.definition),
    createdAt: flow.created_at,
    updatedAt: flow.updated_at,
    createdBy: flow.created_by,
    cost,
    ...(flow.paused_at === null ? {} : { paused: { at: flow.paused_at, reason: flow.pause_reason ?? '' } }),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

function scheduleOf(flowId: string, definition: FlowDefinition, by: string) {
  const { name, enabled, trigger } = definition;
  return { flowId, name, enabled, by, schedule: trigger.schedule };
}

/** A page of versions ends at one of them. */
function readVersion(cursor: string): number {
  if (!/^[1-9]\d{0,8}$/.test(cursor)) throw new BadCursorError();
  return Number(cursor);
}
