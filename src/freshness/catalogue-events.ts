import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CataloguePlace } from '../catalogue/entities/catalogue.tables.js';
import { CatalogueWorkspacesRepository } from '../catalogue/entities/catalogue-workspaces.repository.js';
import { EntitiesRepository } from '../catalogue/entities/entities.repository.js';
import { type Entity, entityOf, isFields, tasksIn, textIn } from '../catalogue/entities/entity.js';
import {
  type EventContext,
  type EventHandler,
  EventHandlers,
  type EventKind,
  type StoredEvent,
} from '../events/event-handler.js';
import { Database } from '../storage/database.js';

type Said = 'changed' | 'gone' | 'active' | 'inactive';

/** What an event says of which kind of thing. */
const SAYINGS: Readonly<Record<string, readonly [type: string, said: Said]>> = {
  NEW_CLIENT: ['client', 'changed'],
  CLIENT_UPDATED: ['client', 'changed'],
  CLIENT_DELETED: ['client', 'gone'],
  NEW_PROJECT: ['project', 'changed'],
  PROJECT_UPDATED: ['project', 'changed'],
  PROJECT_DELETED: ['project', 'gone'],
  NEW_TASK: ['task', 'changed'],
  TASK_UPDATED: ['task', 'changed'],
  TASK_DELETED: ['task', 'gone'],
  NEW_TAG: ['tag', 'changed'],
  TAG_UPDATED: ['tag', 'changed'],
  TAG_DELETED: ['tag', 'gone'],
  USER_JOINED_WORKSPACE: ['user', 'active'],
  USER_ACTIVATED_ON_WORKSPACE: ['user', 'active'],
  USER_DEACTIVATED_ON_WORKSPACE: ['user', 'inactive'],
  USER_DELETED_FROM_WORKSPACE: ['user', 'gone'],
  USER_UPDATED: ['user', 'changed'],
  USER_EMAIL_CHANGED: ['user', 'changed'],
  USER_GROUP_CREATED: ['userGroup', 'changed'],
  USER_GROUP_UPDATED: ['userGroup', 'changed'],
  USER_GROUP_DELETED: ['userGroup', 'gone'],
};
const SOURCE = 'clockify';
/** For so long a catalogue that was begun elsewhere may be unknown; its run asks for changes at its end. */
const KNOWN_MS = 5_000;
const MOST_CATALOGUES = 100_000;

/**
 * Puts into catalogues what events say, without a call to Clockify. Promises that an event about something that was seen
 * later changes nothing, and to want no event of a workspace that has no catalogue.
 */
@Injectable()
export class CatalogueEvents implements EventHandler, OnModuleInit {
  readonly name = 'catalogue';
  #known: ReadonlyMap<string, readonly CataloguePlace[]> = new Map();
  #knownUntilMs = -Infinity;

  constructor(
    private readonly handlers: EventHandlers,
    private readonly db: Database,
    private readonly entities: EntitiesRepository,
    private readonly workspaces: CatalogueWorkspacesRepository,
  ) {}

  onModuleInit(): void {
    this.handlers.register(this);
  }

  async interest(): Promise<(kind: EventKind) => boolean> {
    const known = await this.#catalogues();
    return (kind) =>
      known.size > 0 && !this.neverWants(kind) && (kind.workspaceId === null || known.has(kind.workspaceId));
  }

  neverWants({ source, type }: EventKind): boolean {
    return source !== SOURCE || !Object.hasOwn(SAYINGS, type);
  }

  async handle(event: StoredEvent, context: EventContext): Promise<void> {
    const [type, said] = SAYINGS[event.type] ?? [];
    const entity = type === undefined ? undefined : entityOf(type, event.payload);
    const places = entity ? await this.#placesOf(entity, event) : [];
    const changes = await Promise.all(
      places.map(async (place) => ({ place, entities: await this.#changed(entity, { place, event, said }) })),
    );
    await this.db.transaction().execute(async (transaction) => {
      await context.recordHandled(transaction);
      for (const { place, entities } of changes) {
        const at = event.receivedAt;
        if (said === 'gone') await this.entities.remove(transaction, place, { entities, at });
        else await this.entities.put(transaction, place, { entities, sighting: { at, isPartial: true } });
      }
    });
  }

  /** With the tasks that stand in an event about a project. */
  async #changed(
    entity: Entity | undefined,
    { place, event, said }: { place: CataloguePlace; event: StoredEvent; said: Said | undefined },
  ): Promise<Entity[]> {
    if (!entity) return [];
    if (entity.type === 'project' && said === 'changed') return [entity, ...tasksIn(event.payload)];
    if (entity.type !== 'user' || said === 'gone') return [entity];
    // What events say of a user is little, and mostly not how it stands with the workspace.
    const before = await this.entities.find(place, 'user', entity.id);
    const archived = said === 'changed' ? (before?.archived ?? entity.archived) : said === 'inactive';
    return [{ ...entity, archived }];
  }

  /** Events about tasks and users do not always say of which workspace they are. */
  async #placesOf(entity: Entity, { workspaceId, payload }: StoredEvent): Promise<readonly CataloguePlace[]> {
    if (workspaceId !== null) return (await this.#catalogues()).get(workspaceId) ?? [];
    const projectId = isFields(payload) ? textIn(payload, 'projectId') : undefined;
    if (entity.type === 'task' && projectId !== undefined)
      return this.entities.placesOf('project', projectId);
    return this.entities.placesOf(entity.type, entity.id);
  }

  async #catalogues(): Promise<ReadonlyMap<string, readonly CataloguePlace[]>> {
    if (performance.now() < this.#knownUntilMs) return this.#known;
    const rows = await this.workspaces.list({ limit: MOST_CATALOGUES });
    const places = rows.map(({ account, workspace_id: workspaceId }) => ({ account, workspaceId }));
    this.#known = Map.groupBy(places, ({ workspaceId }) => workspaceId);
    this.#knownUntilMs = performance.now() + KNOWN_MS;
    return this.#known;
  }
}
