import { Injectable } from '@nestjs/common';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { Database, type Tables } from '../../storage/database.js';
import { jsonText } from '../../storage/json-text.js';
import type { CatalogueEntitiesTable, CataloguePlace } from './catalogue.tables.js';
import { type Entity, NAMED_TYPES } from './entity.js';
import { foldedName } from './folded-name.js';

export type EntityRow = Selectable<CatalogueEntitiesTable>;
export type NameRow = Pick<EntityRow, 'type' | 'id' | 'name' | 'folded' | 'parent_id' | 'archived'>;

/** By whom, and as of when, something was seen. */
export interface Sighting {
  at: Date;
  runId?: string;
  /** Of the payload only some was told: the rest stays. */
  isPartial?: boolean;
}

export interface EntityFilter extends CataloguePlace {
  type?: string | undefined;
  /** Part of the folded name. */
  folded?: string | undefined;
  archived?: boolean | undefined;
}

export interface EntityPage {
  limit: number;
  after?: { folded: string; type: string; id: string } | undefined;
}

/**
 * The things of workspaces. Promises that what was seen earlier never replaces what was seen later, and that a workspace's
 * revision moves if and only if a name, its parent, or whether it is archived has changed.
 */
@Injectable()
export class EntitiesRepository {
  constructor(private readonly db: Database) {}

  /** Within the transaction of whoever knows how far it has come. */
  async put(
    transaction: Transaction<Tables>,
    place: CataloguePlace,
    { entities, sighting }: { entities: readonly Entity[]; sighting: Sighting },
  ): Promise<void> {
    if (entities.length === 0) return;
    const rows = jsonText(unique(entities).map((entity) => ({ ...entity, folded: foldedName(entity.name) })));
    const { rows: answers } = await sql<{ changed: string }>`
      with incoming as (
        select * from jsonb_to_recordset(${rows}::jsonb) as i (
          type text, id text, name text, folded text, "parentId" text, archived boolean, payload jsonb
        )
      ),
      changed as (
        select count(*) as count from incoming i
        left join clankerbot.catalogue_entities e
          on e.account = ${place.account} and e.workspace_id = ${place.workspaceId}
          and e.type = i.type and e.id = i.id
        where i.type = any(${[...NAMED_TYPES]}::text[]) and (e.id is null or (e.fetched_at <= ${sighting.at} and
          (e.name, e.parent_id, e.archived) is distinct from (i.name, i."parentId", i.archived)))
      ),
      stored as (
        insert into clankerbot.catalogue_entities as e
          (account, workspace_id, type, id, name, folded, parent_id, archived, payload, run_id, fetched_at)
        select ${place.account}, ${place.workspaceId}, type, id, name, folded, "parentId", archived, payload,
          ${sighting.runId ?? null}::text, ${sighting.at}::timestamptz
        from incoming
        on conflict (account, workspace_id, type, id) do update set
          name = excluded.name, folded = excluded.folded, parent_id = excluded.parent_id,
          archived = excluded.archived,
          payload = case when ${sighting.isPartial ?? false} then coalesce(e.payload, '{}') || excluded.payload
            else excluded.payload end,
          run_id = coalesce(excluded.run_id, e.run_id), fetched_at = excluded.fetched_at
        where e.fetched_at <= excluded.fetched_at
      )
      select count as changed from changed`.execute(transaction);
    if (Number(answers[0]?.changed) > 0) await this.#moveRevision(transaction, place);
  }

  async remove(
    transaction: Transaction<Tables>,
    place: CataloguePlace,
    { entities, at }: { entities: readonly Pick<Entity, 'type' | 'id'>[]; at: Date },
  ): Promise<void> {
    let removed = 0n;
    for (const { type, id } of entities) {
      const { numDeletedRows } = await inPlace(transaction, place)
        .where('type', '=', type)
        .where('id', '=', id)
        .where('fetched_at', '<=', at)
        .executeTakeFirst();
      removed += numDeletedRows;
    }
    if (removed > 0n) await this.#moveRevision(transaction, place);
  }

  /** Of a list that a run has read to its end: what it did not see, and nobody else since it began. */
  async removeUnseen(
    transaction: Transaction<Tables>,
    place: CataloguePlace,
    { types, runId, since }: { types: readonly string[]; runId: string; since: Date },
  ): Promise<void> {
    const { numDeletedRows } = await inPlace(transaction, place)
      .where('type', 'in', [...types])
      .where('run_id', 'is distinct from', runId)
      .where('fetched_at', '<', since)
      .executeTakeFirst();
    if (numDeletedRows > 0n) await this.#moveRevision(transaction, place);
  }

  /** Returns how many there were; call it again until there are none. */
  async removeBefore(time: Date, batch: number): Promise<number> {
    return this.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ account: string; workspace_id: string }>`
        delete from clankerbot.catalogue_entities e using (
          select account, workspace_id, type, id from clankerbot.catalogue_entities
          where fetched_at < ${time} order by fetched_at limit ${batch}
        ) old
        where (e.account, e.workspace_id, e.type, e.id) = (old.account, old.workspace_id, old.type, old.id)
          and e.fetched_at < ${time}
        returning e.account, e.workspace_id`.execute(transaction);
      const places = new Map(rows.map((row) => [`${row.account} ${row.workspace_id}`, row]));
      for (const { account, workspace_id: workspaceId } of places.values())
        await this.#moveRevision(transaction, { account, workspaceId });
      return rows.length;
    });
  }

  /** In the order of their names. */
  list(filter: EntityFilter, { limit, after }: EntityPage): Promise<EntityRow[]> {
    let query = this.db
      .selectFrom('catalogue_entities')
      .selectAll()
      .where('account', '=', filter.account)
      .where('workspace_id', '=', filter.workspaceId)
      .orderBy('folded')
      .orderBy('type')
      .orderBy('id')
      .limit(limit);
    if (filter.type !== undefined) query = query.where('type', '=', filter.type);
    if (filter.archived !== undefined) query = query.where('archived', '=', filter.archived);
    if (filter.folded !== undefined) query = query.where(sql<boolean>`strpos(folded, ${filter.folded}) > 0`);
    if (after)
      query = query.where(sql<boolean>`(folded, type, id) > (${after.folded}, ${after.type}, ${after.id})`);
    return query.execute();
  }

  find({ account, workspaceId }: CataloguePlace, type: string, id: string): Promise<EntityRow | undefined> {
    return this.db
      .selectFrom('catalogue_entities')
      .selectAll()
      .where('account', '=', account)
      .where('workspace_id', '=', workspaceId)
      .where('type', '=', type)
      .where('id', '=', id)
      .executeTakeFirst();
  }

  /** The first by type where several have the id. */
  findById(
    { account, workspaceId }: CataloguePlace,
    id: string,
    type: string | undefined,
  ): Promise<EntityRow | undefined> {
    const query = this.db
      .selectFrom('catalogue_entities')
      .selectAll()
      .where('account', '=', account)
      .where('workspace_id', '=', workspaceId)
      .where('id', '=', id)
      .orderBy('type')
      .limit(1);
    return (type === undefined ? query : query.where('type', '=', type)).executeTakeFirst();
  }

  names({ account, workspaceId }: CataloguePlace): Promise<NameRow[]> {
    return this.db
      .selectFrom('catalogue_entities')
      .select(['type', 'id', 'name', 'folded', 'parent_id', 'archived'])
      .where('account', '=', account)
      .where('workspace_id', '=', workspaceId)
      .where('type', 'in', [...NAMED_TYPES])
      .execute();
  }

  /** In whose catalogues the thing is: events of some kinds do not name their workspace. */
  async placesOf(type: string, id: string): Promise<CataloguePlace[]> {
    const rows = await this.db
      .selectFrom('catalogue_entities')
      .select(['account', 'workspace_id'])
      .where('id', '=', id)
      .where('type', '=', type)
      .execute();
    return rows.map(({ account, workspace_id: workspaceId }) => ({ account, workspaceId }));
  }

  /** How many there are of each type, and the age of the oldest. */
  async sizes({ account, workspaceId }: CataloguePlace): Promise<TypeSize[]> {
    const { rows } = await sql<TypeSize>`
      select type, count(*)::int as count, count(*) filter (where archived)::int as archived,
        min(fetched_at) as "oldestAt"
      from clankerbot.catalogue_entities where account = ${account} and workspace_id = ${workspaceId}
      group by type order by type`.execute(this.db);
    return rows;
  }

  async #moveRevision(
    transaction: Transaction<Tables>,
    { account, workspaceId }: CataloguePlace,
  ): Promise<void> {
    await sql`
      insert into clankerbot.catalogue_workspaces as w (account, workspace_id, revision)
      values (${account}, ${workspaceId}, 1)
      on conflict (account, workspace_id) do update set revision = w.revision + 1`.execute(transaction);
  }
}

export interface TypeSize {
  type: string;
  count: number;
  archived: number;
  oldestAt: Date;
}

function inPlace(db: Kysely<Tables>, { account, workspaceId }: CataloguePlace) {
  return db
    .deleteFrom('catalogue_entities')
    .where('account', '=', account)
    .where('workspace_id', '=', workspaceId);
}

/** One statement cannot change a row twice. */
function unique(entities: readonly Entity[]): Entity[] {
  return [...new Map(entities.map((entity) => [`${entity.type} ${entity.id}`, entity])).values()];
}
