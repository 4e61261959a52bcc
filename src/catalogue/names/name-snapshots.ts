import { Injectable } from '@nestjs/common';
import type { CataloguePlace } from '../entities/catalogue.tables.js';
import {
  type CatalogueWorkspaceRow,
  CatalogueWorkspacesRepository,
} from '../entities/catalogue-workspaces.repository.js';
import { EntitiesRepository, type NameRow } from '../entities/entities.repository.js';
import type { NamedType } from '../entities/entity.js';
import { type Name, Names, type NamesSnapshot } from './names.js';

/** In all snapshots together: about 30 MB. The largest is kept whatever its size while it is the last used. */
const MOST_NAMES = 100_000;
/** What a snapshot costs beside its names. */
const BASE_COST = 50;

interface Held {
  snapshot: NamesSnapshot;
  cost: number;
}

/** Names over the tables of the catalogue, the least recently used given up first. */
@Injectable()
export class NameSnapshots extends Names {
  /** In the order of their last use. */
  readonly #held = new Map<string, Held>();
  readonly #loading = new Map<string, Promise<NamesSnapshot>>();
  #cost = 0;

  constructor(
    private readonly workspaces: CatalogueWorkspacesRepository,
    private readonly entities: EntitiesRepository,
  ) {
    super();
  }

  override held(place: CataloguePlace): NamesSnapshot | undefined {
    return this.#held.get(keyOf(place))?.snapshot;
  }

  override async load(place: CataloguePlace): Promise<NamesSnapshot> {
    const row = await this.workspaces.find(place);
    const held = this.held(place);
    if (held && isSame(held, row)) {
      this.#use(place, held);
      return held;
    }
    return this.#loadOnce(place, row);
  }

  /** Many who ask at once wait for one answer, as long as they know of the same revision. */
  #loadOnce(place: CataloguePlace, row: CatalogueWorkspaceRow | undefined): Promise<NamesSnapshot> {
    const key = `${row?.revision ?? 0} ${row?.filled_at?.getTime()} ${row?.changes_at?.getTime()} ${keyOf(place)}`;
    let loading = this.#loading.get(key);
    if (!loading) {
      loading = this.#read(place, row).finally(() => this.#loading.delete(key));
      this.#loading.set(key, loading);
    }
    return loading;
  }

  /** The revision was read first: names that changed since make the next load read again. */
  async #read(place: CataloguePlace, row: CatalogueWorkspaceRow | undefined): Promise<NamesSnapshot> {
    const before = this.held(place);
    const all =
      before && before.revision === Number(row?.revision ?? 0)
        ? before.all
        : row
          ? (await this.entities.names(place)).map(nameOf)
          : [];
    const snapshot = new LoadedNames(place, row, all);
    this.#use(place, snapshot);
    return snapshot;
  }

  #use(place: CataloguePlace, snapshot: NamesSnapshot): void {
    this.#drop(keyOf(place));
    const cost = BASE_COST + snapshot.all.length;
    this.#held.set(keyOf(place), { snapshot, cost });
    this.#cost += cost;
    for (const key of this.#held.keys()) {
      if (this.#cost <= MOST_NAMES || this.#held.size === 1) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#cost -= this.#held.get(key)?.cost ?? 0;
    this.#held.delete(key);
  }
}

class LoadedNames implements NamesSnapshot {
  readonly revision: number;
  readonly isWarm: boolean;
  readonly freshAt: Date | null;
  readonly profile: NamesSnapshot['profile'];
  #byId: ReadonlyMap<string, Name> | undefined;
  #byFolded: ReadonlyMap<string, readonly Name[]> | undefined;

  constructor(
    readonly place: CataloguePlace,
    row: CatalogueWorkspaceRow | undefined,
    readonly all: readonly Name[],
  ) {
    this.revision = Number(row?.revision ?? 0);
    this.freshAt = row?.changes_at ?? row?.filled_at ?? null;
    this.isWarm = (row?.filled_at ?? null) !== null;
    this.profile = row?.profile ?? null;
  }

  find(kind: NamedType, id: string): Name | undefined {
    this.#byId ??= new Map(this.all.map((name) => [`${name.kind} ${name.id}`, name]));
    return this.#byId.get(`${kind} ${id}`);
  }

  called(folded: string): readonly Name[] {
    this.#byFolded ??= Map.groupBy(this.all, (name) => name.folded);
    return this.#byFolded.get(folded) ?? [];
  }
}

function nameOf({ type, id, name, folded, parent_id: parentId, archived }: NameRow): Name {
  return { kind: type as NamedType, id, name, folded: folded === name ? name : folded, parentId, archived };
}

function isSame(held: NamesSnapshot, row: CatalogueWorkspaceRow | undefined): boolean {
  const freshAt = row?.changes_at ?? row?.filled_at ?? null;
  return (
    held.revision === Number(row?.revision ?? 0) &&
    held.isWarm === ((row?.filled_at ?? null) !== null) &&
    held.freshAt?.getTime() === freshAt?.getTime()
  );
}

function keyOf({ account, workspaceId }: CataloguePlace): string {
  return `${account} ${workspaceId}`;
}
