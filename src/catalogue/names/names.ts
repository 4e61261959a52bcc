import type { CataloguePlace, Profile } from '../entities/catalogue.tables.js';
import type { NamedType } from '../entities/entity.js';

/** A thing that people name. */
export interface Name {
  readonly kind: NamedType;
  readonly id: string;
  readonly name: string;
  /** As names are compared, see foldedName. */
  readonly folded: string;
  /** Of a project its client, of a task its project; null where it has none. */
  readonly parentId: string | null;
  readonly archived: boolean;
}

/** All names of one workspace as they were at one moment. It does not change. */
export interface NamesSnapshot {
  readonly place: CataloguePlace;
  /** Another number means that some name, its parent, or whether it is archived has changed. */
  readonly revision: number;
  /** Whether everything was read once, so that a name that is not here is nowhere. */
  readonly isWarm: boolean;
  /** When all was known last; null where it never was. */
  readonly freshAt: Date | null;
  readonly profile: Profile | null;
  /** Archived ones as well. */
  readonly all: readonly Name[];
  find(kind: NamedType, id: string): Name | undefined;
  /** By the folded name; archived ones as well. */
  called(folded: string): readonly Name[];
}

/**
 * The names of workspaces, for whoever reads texts or params. Promises that no call goes to Clockify, that what it holds is
 * bounded however many workspaces there are, and that `load` answers what the database has now, whichever replica changed it.
 */
export abstract class Names {
  /** One small query where nothing has changed. Without names where there is no catalogue: see `isWarm`. */
  abstract load(place: CataloguePlace): Promise<NamesSnapshot>;

  /** What was loaded last in this process, at once; undefined where nothing was, or it had to make room. */
  abstract held(place: CataloguePlace): NamesSnapshot | undefined;
}
