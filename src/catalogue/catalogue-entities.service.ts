import { Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import { BadCursorError, type Page, pageOf, type PageRequest } from '../paging/page.js';
import { CataloguePlaces } from './catalogue-places.js';
import type {
  CatalogueView,
  EntityDetails,
  EntityView,
  GetEntityDto,
  ListEntitiesDto,
} from './catalogue.dto.js';
import { EntityNotFoundError } from './catalogue.errors.js';
import type { CataloguePlace } from './entities/catalogue.tables.js';
import {
  type CatalogueWorkspaceRow,
  CatalogueWorkspacesRepository,
} from './entities/catalogue-workspaces.repository.js';
import { EntitiesRepository, type EntityPage, type EntityRow } from './entities/entities.repository.js';
import { foldedName } from './entities/folded-name.js';

/** What stands in catalogues, for people and programs that look. */
@Injectable()
export class CatalogueEntitiesService {
  constructor(
    private readonly places: CataloguePlaces,
    private readonly entities: EntitiesRepository,
    private readonly workspaces: CatalogueWorkspacesRepository,
  ) {}

  /** In the order of their names. */
  async list(query: ListEntitiesDto, reach: Reach): Promise<Page<EntityView>> {
    const { type, archived, limit } = query;
    const cursor = entityIn(query.cursor);
    const place = await this.places.of(query, reach);
    const folded = query.text === undefined ? undefined : foldedName(query.text);
    const after = await this.#rowAt(cursor, place);
    const rows = await this.entities.list({ ...place, type, archived, folded }, { limit: limit + 1, after });
    return pageOf(rows, { limit, view: viewOf, cursorOf: (row) => `${row.type}.${row.id}` });
  }

  async get(query: GetEntityDto & { id: string }, reach: Reach): Promise<EntityDetails> {
    const place = await this.places.of(query, reach);
    const row = await this.entities.findById(place, query.id, query.type);
    if (!row) throw new EntityNotFoundError();
    return { ...viewOf(row), ...place, payload: row.payload };
  }

  /** Each catalogue with how large and how fresh it is. */
  async catalogues({ limit, cursor }: PageRequest, reach: Reach): Promise<Page<CatalogueView>> {
    const rows = await this.workspaces.list({
      limit: limit + 1,
      workspaceIds: reach.within('workspaces'),
      after: placeIn(cursor),
    });
    const page = pageOf(rows, {
      limit,
      view: (row) => row,
      cursorOf: (row) => `${row.account} ${row.workspace_id}`,
    });
    const items = [];
    for (const row of page.items) items.push(await this.#sized(row));
    return { ...page, items };
  }

  async #sized(row: CatalogueWorkspaceRow): Promise<CatalogueView> {
    const place = { account: row.account, workspaceId: row.workspace_id };
    return {
      ...place,
      name: row.name,
      revision: Number(row.revision),
      isWarm: row.filled_at !== null,
      filledAt: row.filled_at,
      changesAt: row.changes_at,
      types: await this.entities.sizes(place),
    };
  }

  /** Where the page before ended. What has left the catalogue since is no place to go on from. */
  async #rowAt(cursor: EntityCursor | undefined, place: CataloguePlace): Promise<EntityPage['after']> {
    if (cursor === undefined) return undefined;
    const row = await this.entities.find(place, cursor.type, cursor.id);
    if (!row) throw new BadCursorError();
    return row;
  }
}

interface EntityCursor {
  type: string;
  id: string;
}

/** Types are words; their like in a cursor that is of another list is refused before any catalogue is looked for. */
function entityIn(cursor: string | undefined): EntityCursor | undefined {
  if (cursor === undefined) return undefined;
  const [, type, id] = /^([a-z][A-Za-z]*)\.(.+)$/s.exec(cursor) ?? [];
  if (type === undefined || id === undefined) throw new BadCursorError();
  return { type, id };
}

function viewOf(row: EntityRow): EntityView {
  const { type, id, name, parent_id: parentId, archived, fetched_at: fetchedAt } = row;
  return { type, id, name, parentId, archived, fetchedAt };
}

function placeIn(cursor: string | undefined): CataloguePlace | undefined {
  if (cursor === undefined) return undefined;
  const [account, workspaceId, ...rest] = cursor.split(' ');
  if (!account || !workspaceId || rest.length > 0) throw new BadCursorError();
  return { account, workspaceId };
}
