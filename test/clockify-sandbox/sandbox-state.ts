import type { Clock } from '../../src/clock/clock.js';
import type { Entity, Fields } from './sandbox-entity.js';
import { SandboxIds } from './sandbox-ids.js';
import { notInWorkspace } from './sandbox-refusal.js';

export interface Change {
  kind: 'created' | 'updated' | 'deleted';
  collection: string;
  atMs: number;
  document: Entity;
}

export type EventListener = (workspaceId: string, event: string, payload: Fields) => void;

/** How many changes of a workspace are kept for the routes that ask what was created, updated or deleted. */
const MOST_CHANGES = 50_000;

/** Everything the stand-in knows: collections of entities by workspace, in the order they were made. */
export class SandboxState {
  readonly #collections = new Map<string, Map<string, Entity>>();
  readonly #changes = new Map<string, Change[]>();
  readonly #ids = new SandboxIds();

  constructor(
    readonly clock: Clock,
    private readonly onEvent: EventListener,
  ) {}

  newId(): string {
    return this.#ids.next(this.clock.nowMs());
  }

  /** The vendor's format: UTC, whole seconds. */
  now(): string {
    return this.clock
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }

  /** Workspaces and users stand outside of any workspace: under the empty id. */
  all(workspaceId: string, collection: string): Map<string, Entity> {
    const key = `${workspaceId}/${collection}`;
    let found = this.#collections.get(key);
    if (!found) {
      found = new Map();
      this.#collections.set(key, found);
    }
    return found;
  }

  list(workspaceId: string, collection: string): Entity[] {
    return [...this.all(workspaceId, collection).values()];
  }

  find(workspaceId: string, collection: string, id: unknown): Entity | undefined {
    return typeof id === 'string' ? this.all(workspaceId, collection).get(id) : undefined;
  }

  get(workspaceId: string, collection: string, id: string): Entity {
    const entity = this.find(workspaceId, collection, id);
    if (!entity) throw notInWorkspace(labelOf(collection), id);
    return entity;
  }

  add(workspaceId: string, collection: string, fields: Fields): Entity {
    const entity: Entity = { ...fields, id: (fields['id'] as string | undefined) ?? this.newId() };
    if (workspaceId !== '') entity['workspaceId'] = workspaceId;
    this.all(workspaceId, collection).set(entity.id, entity);
    this.#note(workspaceId, 'created', collection, entity);
    return entity;
  }

  /** Changes the entity in place, so that its position in lists stays. */
  change(workspaceId: string, collection: string, id: string, fields: Fields): Entity {
    const entity = this.get(workspaceId, collection, id);
    Object.assign(entity, fields, { id });
    this.#note(workspaceId, 'updated', collection, entity);
    return entity;
  }

  remove(workspaceId: string, collection: string, id: string): Entity {
    const entity = this.get(workspaceId, collection, id);
    this.all(workspaceId, collection).delete(id);
    this.#note(workspaceId, 'deleted', collection, entity);
    return entity;
  }

  changes(workspaceId: string): readonly Change[] {
    return this.#changes.get(workspaceId) ?? [];
  }

  emit(workspaceId: string, event: string, payload: Fields): void {
    this.onEvent(workspaceId, event, payload);
  }

  clear(): void {
    this.#collections.clear();
    this.#changes.clear();
  }

  #note(workspaceId: string, kind: Change['kind'], collection: string, document: Entity): void {
    if (workspaceId === '') return;
    const changes = this.#changes.get(workspaceId) ?? [];
    changes.push({ kind, collection, atMs: this.clock.nowMs(), document: { ...document } });
    if (changes.length > MOST_CHANGES * 1.1) changes.splice(0, changes.length - MOST_CHANGES);
    this.#changes.set(workspaceId, changes);
  }
}

/** `timeEntries` as the vendor's messages call it: `Time entry`. */
function labelOf(collection: string): string {
  const words = collection.replace(/([A-Z])/g, ' $1').toLowerCase();
  const singular = words.replace(/ies$/, 'y').replace(/s$/, '');
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}
