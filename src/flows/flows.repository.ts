import { Injectable } from '@nestjs/common';
import { type Selectable, sql, type Transaction } from 'kysely';
import type { Reach } from '../access/reach.js';
import { Database, type Tables } from '../storage/database.js';
import { seesFlow } from './runs/flow-scope.js';
import type { FlowDefinition } from './document/flow-definition.js';
import './flows.tables.js';
import { jsonText } from '../storage/json-text.js';

export type FlowRow = Selectable<Tables['flows']> & { definition: FlowDefinition };

export interface NewVersion {
  id: string;
  definition: FlowDefinition;
  by: string;
  at: Date;
}

/** The flows and their versions. Every change moves the revision, by which replicas notice that they have to look. */
@Injectable()
export class FlowsRepository {
  constructor(private readonly db: Database) {}

  transaction<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.db.transaction().execute(work);
  }

  async insert(flow: NewVersion, transaction: Transaction<Tables>): Promise<void> {
    const { id, definition, by, at } = flow;
    await transaction
      .insertInto('flows')
      .values({
        id,
        name: definition.name,
        enabled: definition.enabled,
        version: 1,
        created_by: by,
        created_at: at,
        updated_at: at,
        deleted_at: null,
      })
      .execute();
    await this.#insertVersion({ ...flow, version: 1 }, transaction);
    await bumpRevision(transaction);
  }

  /** Returns the new version, or undefined where the flow is gone or is not at the expected version any more. */
  async update(
    flow: NewVersion & { expectedVersion?: number | undefined },
    transaction: Transaction<Tables>,
  ): Promise<number | undefined> {
    let query = transaction
      .updateTable('flows')
      .set((eb) => ({
        name: flow.definition.name,
        enabled: flow.definition.enabled,
        version: eb('version', '+', 1),
        updated_at: flow.at,
        paused_at: null,
        pause_reason: null,
      }))
      .where('id', '=', flow.id)
      .where('deleted_at', 'is', null);
    if (flow.expectedVersion !== undefined) query = query.where('version', '=', flow.expectedVersion);
    const row = await query.returning('version').executeTakeFirst();
    if (!row) return undefined;
    await this.#insertVersion({ ...flow, version: row.version }, transaction);
    await bumpRevision(transaction);
    return row.version;
  }

  /** Returns whether it was not paused before. */
  async pause(id: string, pause: { at: Date; reason: string }): Promise<boolean> {
    return this.transaction(async (transaction) => {
      const result = await transaction
        .updateTable('flows')
        .set({ paused_at: pause.at, pause_reason: pause.reason })
        .where('id', '=', id)
        .where('paused_at', 'is', null)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) return false;
      await bumpRevision(transaction);
      return true;
    });
  }

  async softDelete(id: string, at: Date, transaction: Transaction<Tables>): Promise<boolean> {
    const result = await transaction
      .updateTable('flows')
      .set({ deleted_at: at, enabled: false })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    await bumpRevision(transaction);
    return result.numUpdatedRows > 0n;
  }

  /** Also of a flow that was deleted. */
  async ownerOf(id: string): Promise<string | null> {
    const query = this.db.selectFrom('flows').select('workspace_id').where('id', '=', id);
    return (await query.executeTakeFirst())?.workspace_id ?? null;
  }

  /** As far as the caller gets to see it. */
  async find(id: string, reach: Reach): Promise<FlowRow | undefined> {
    return this.#seen(reach).where('f.id', '=', id).executeTakeFirst();
  }

  /** Also those that were deleted. */
  async wasEver(id: string, reach: Reach): Promise<boolean> {
    const row = await this.#seenVersions(reach)
      .select('flow_id')
      .where('flow_id', '=', id)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Newest first. */
  async list(page: {
    reach: Reach;
    limit: number;
    beforeId?: string | undefined;
    enabled?: boolean | undefined;
  }): Promise<FlowRow[]> {
    let query = this.#seen(page.reach).orderBy('f.id', 'desc').limit(page.limit);
    if (page.beforeId !== undefined) query = query.where('f.id', '<', page.beforeId);
    if (page.enabled !== undefined) query = query.where('f.enabled', '=', page.enabled);
    return query.execute();
  }

  async all(): Promise<FlowRow[]> {
    return this.#select().orderBy('f.id').execute();
  }

  async revision(): Promise<string> {
    const row = await this.db
      .selectFrom('flow_latch')
      .select('revision')
      .where('name', '=', 'flows')
      .executeTakeFirstOrThrow();
    return row.revision;
  }

  /** What runs go on with, for the service itself. */
  async versions(
    wanted: readonly { flowId: string; version: number }[],
  ): Promise<{ flow_id: string; version: number; definition: FlowDefinition }[]> {
    return this.db
      .selectFrom('flow_versions')
      .select(['flow_id', 'version', 'definition'])
      .where((eb) => eb.or(wanted.map(({ flowId, version }) => eb.and({ flow_id: flowId, version }))))
      .execute();
  }

  /** Newest first, those before a version. */
  async versionsOf(
    flowId: string,
    { limit, before, reach }: { limit: number; before: number | undefined; reach: Reach },
  ): Promise<Pick<Selectable<Tables['flow_versions']>, 'version' | 'created_by' | 'created_at'>[]> {
    const query = this.#seenVersions(reach)
      .select(['version', 'created_by', 'created_at'])
      .where('flow_id', '=', flowId)
      .orderBy('version', 'desc')
      .limit(limit);
    return (before === undefined ? query : query.where('version', '<', before)).execute();
  }

  async version(
    flowId: string,
    version: number,
    reach: Reach,
  ): Promise<{ definition: FlowDefinition } | undefined> {
    return this.#seenVersions(reach)
      .select('definition')
      .where('flow_id', '=', flowId)
      .where('version', '=', version)
      .executeTakeFirst();
  }

  #seenVersions(reach: Reach) {
    const query = this.db.selectFrom('flow_versions');
    if (reach.anyBound === undefined) return query;
    return query.where(
      seesFlow(reach, { id: sql`flow_versions.flow_id`, definition: sql`flow_versions.definition` }),
    );
  }

  #seen(reach: Reach) {
    if (reach.anyBound === undefined) return this.#select();
    return this.#select().where(seesFlow(reach, { id: sql`f.id`, definition: sql`v.definition` }));
  }

  #select() {
    return this.db
      .selectFrom('flows as f')
      .innerJoin('flow_versions as v', (join) =>
        join.onRef('v.flow_id', '=', 'f.id').onRef('v.version', '=', 'f.version'),
      )
      .selectAll('f')
      .select('v.definition')
      .where('f.deleted_at', 'is', null);
  }

  async #insertVersion(
    flow: NewVersion & { version: number },
    transaction: Transaction<Tables>,
  ): Promise<void> {
    await transaction
      .insertInto('flow_versions')
      .values({
        flow_id: flow.id,
        version: flow.version,
        definition: jsonText(flow.definition),
        created_by: flow.by,
        created_at: flow.at,
      })
      .execute();
  }
}

async function bumpRevision(transaction: Transaction<Tables>): Promise<void> {
  await transaction
    .updateTable('flow_latch')
    .set({ revision: sql<string>`revision + 1` })
    .where('name', '=', 'flows')
    .execute();
}
