import { Injectable } from '@nestjs/common';
import { nearestNames } from '../../errors/nearest-name.js';
import { DEFAULT_ACCOUNT } from '../entities/catalogue.tables.js';
import type { NamedType } from '../entities/entity.js';
import { foldedName } from '../entities/folded-name.js';
import {
  ColdCatalogueError,
  type NameFault,
  NamesNeedWorkspaceError,
  UnclearNamesError,
} from './name.errors.js';
import { type Beside, hasSaidThings, isSaidThing, replaceIds, type SaidThing } from './name-places.js';
import { type Name, Names, type NamesSnapshot } from './names.js';

type Params = Readonly<Record<string, unknown>>;

const NEAREST = 5;
const WORDS: Readonly<Record<NamedType, string>> = {
  client: 'client',
  project: 'project',
  task: 'task',
  tag: 'tag',
  user: 'user',
  userGroup: 'user group',
};

/**
 * Puts ids in place of names. Promises that a name stands for the one thing that is called so, or for nothing: never for an
 * archived one, never for one of several, never for one that is merely called alike; and that Clockify is not asked.
 */
@Injectable()
export class NameResolver {
  constructor(private readonly names: Names) {}

  /** The params themselves where no name stands in them. */
  async fill(
    params: Params,
    { account = DEFAULT_ACCOUNT, workspaceId }: { account?: string | undefined; workspaceId: string | null },
  ): Promise<Params> {
    if (!hasSaidThings(params)) return params;
    if (workspaceId === null) throw new NamesNeedWorkspaceError();
    const snapshot = await this.names.load({ account, workspaceId });
    if (!snapshot.isWarm) throw new ColdCatalogueError(workspaceId);
    return filled(params, snapshot);
  }
}

function filled(params: Params, snapshot: NamesSnapshot): Params {
  const faults: NameFault[] = [];
  const result = replaceIds(params, (kind, value, beside) => {
    if (!isSaidThing(value)) return value;
    const found = idOf(kind, value, { snapshot, beside });
    if (typeof found === 'string') return found;
    faults.push(found);
    return value;
  });
  if (faults.length > 0) throw new UnclearNamesError(faults);
  return result;
}

interface Around {
  snapshot: NamesSnapshot;
  beside: Beside;
}

function idOf(kind: NamedType, said: SaidThing, { snapshot, beside }: Around): string | NameFault {
  const isMeant = narrowing(kind, said, { snapshot, beside });
  const called = snapshot.called(foldedName(said.name)).filter((name) => name.kind === kind && isMeant(name));
  const open = called.filter((name) => !name.archived);
  const exact = open.filter((name) => name.name === said.name);
  const [only, ...others] = exact.length === 1 ? exact : open;
  if (only && others.length === 0) return only.id;
  const { path } = beside;
  if (only) {
    const message = `${open.length} ${WORDS[kind]}s are called so`;
    return { path, message, reason: 'several', nearest: shown(open, snapshot) };
  }
  const near = nearest(kind, said.name, { snapshot, isMeant });
  if (called.length > 0)
    return {
      path,
      message: `the ${WORDS[kind]} that is called so is archived`,
      reason: 'archived',
      nearest: near,
    };
  return { path, message: `no ${WORDS[kind]} is called so`, reason: 'none', nearest: near };
}

/** Which of a kind can be meant: of the client that is named with it, or of the project beside it. */
function narrowing(kind: NamedType, said: SaidThing, { snapshot, beside }: Around): (name: Name) => boolean {
  if (kind === 'project' && said.client !== undefined) return ofParent('client', said.client, snapshot);
  if (kind !== 'task') return () => true;
  if (said.project !== undefined) return ofParent('project', said.project, snapshot);
  const projectId = beside.fields['projectId'] ?? beside.params['projectId'];
  return typeof projectId === 'string' ? (name) => name.parentId === projectId : () => true;
}

function ofParent(kind: NamedType, said: string, snapshot: NamesSnapshot): (name: Name) => boolean {
  const parents = snapshot.called(foldedName(said)).filter((name) => name.kind === kind);
  const ids = new Set(parents.map(({ id }) => id));
  return ({ parentId }) => parentId !== null && ids.has(parentId);
}

function nearest(
  kind: NamedType,
  said: string,
  { snapshot, isMeant }: { snapshot: NamesSnapshot; isMeant: (name: Name) => boolean },
): NameFault['nearest'] {
  const known = snapshot.all.filter((name) => name.kind === kind && !name.archived);
  const near = nearestNames(foldedName(said), new Set(known.map(({ folded }) => folded)), NEAREST);
  const places = new Map(near.map((folded, place) => [folded, place]));
  const found = known
    .filter(({ folded }) => places.has(folded))
    .toSorted((a, b) => rank(a) - rank(b) || (places.get(a.folded) ?? 0) - (places.get(b.folded) ?? 0));
  return shown(found, snapshot);

  function rank(name: Name): number {
    return isMeant(name) ? 0 : 1;
  }
}

function shown(names: readonly Name[], snapshot: NamesSnapshot): NameFault['nearest'] {
  return names.slice(0, NEAREST).map(({ id, name, kind, parentId }) => {
    const parentKind = kind === 'project' ? 'client' : kind === 'task' ? 'project' : undefined;
    const parent = parentKind && parentId !== null ? snapshot.find(parentKind, parentId)?.name : undefined;
    return { id, name, ...(parent === undefined ? {} : { in: parent }) };
  });
}
