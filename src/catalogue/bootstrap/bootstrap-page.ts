import { createHash } from 'node:crypto';
import type { IndexedOperation } from '../../integrations/clockify/operations/operation-index.js';
import { isLastPage, listIn, type Page } from '../../integrations/clockify/http/paging.js';
import type { Profile } from '../entities/catalogue.tables.js';
import { type Entity, entityOf, isFields, tasksIn, textIn } from '../entities/entity.js';
import { changedType, isChanges, PROFILE, typeOf } from './bootstrap-plan.js';

/** What one answer brought, and where the list goes on. */
export interface ReadPage {
  entities: Entity[];
  removed: Pick<Entity, 'type' | 'id'>[];
  profile?: Profile;
  /** Of what the page had. */
  digest: string;
  isLast: boolean;
}

export interface Progress {
  /** Of the page before; null before the first. */
  lastPage: string | null;
  /** What the pages before had. */
  gathered: number;
}

/** Reads an answer. A page that repeats the one before is the end: some lists ignore which page was asked for. */
export function readPage(operation: IndexedOperation, page: Page, progress: Progress): ReadPage {
  if (operation.id === PROFILE) return { ...NOTHING, profile: profileOf(page.content) };
  if (isChanges(operation.id)) return changesIn(operation, page, progress);
  const list = listIn(page.content, operation);
  if (list === undefined) {
    const entity = entityOf(typeOf(operation), { id: operation.id, ...(page.content as object | null) });
    return { ...NOTHING, entities: entity ? [entity] : [] };
  }
  const digest = digestOf(list);
  if (digest === progress.lastPage) return NOTHING;
  return {
    entities: entitiesOf(operation, list),
    removed: [],
    digest,
    isLast: list.length === 0 || isLastPage(operation, page, progress.gathered + list.length),
  };
}

/** Which types of things a list tells all of. */
export function typesOf(operation: IndexedOperation): string[] {
  const type = typeOf(operation);
  return type === 'project' ? [type, 'task'] : [type];
}

const NOTHING: ReadPage = { entities: [], removed: [], digest: '', isLast: true };

function entitiesOf(operation: IndexedOperation, list: readonly unknown[]): Entity[] {
  const type = typeOf(operation);
  return list.flatMap((item) => {
    const entity = entityOf(type, item);
    return [...(entity ? [entity] : []), ...(type === 'project' ? tasksIn(item) : [])];
  });
}

/** The document says little of these answers: a list, or one under `response`, of things or of things within `document`. */
function changesIn(operation: IndexedOperation, { content }: Page, { lastPage }: Progress): ReadPage {
  const list = Array.isArray(content) ? (content as unknown[]) : isFields(content) ? content['response'] : [];
  const items = Array.isArray(list) ? (list as unknown[]).filter(isFields) : [];
  const digest = digestOf(items);
  if (items.length === 0 || digest === lastPage) return NOTHING;
  const isDeletion = operation.id === 'getDeletedEntityInfo';
  const entities: Entity[] = [];
  const removed: ReadPage['removed'] = [];
  for (const item of items) {
    const type = changedType(item['documentCode'] ?? item['documentType']);
    if (type === undefined) continue;
    const document = isFields(item['document']) ? { ...item['document'], id: item['id'] } : item;
    const entity = entityOf(type, document);
    if (!entity) continue;
    if (isDeletion) removed.push(entity);
    else if (textIn(document, 'name') !== undefined) entities.push(entity);
  }
  return { entities, removed, digest, isLast: false };
}

function digestOf(list: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const item of list) {
    const id = isFields(item) ? (textIn(item, 'id') ?? textIn(item, '_id')) : undefined;
    hash.update(`${id ?? JSON.stringify(item)}\n`);
  }
  return hash.digest('base64url');
}

function profileOf(content: unknown): Profile {
  const user = isFields(content) ? content : {};
  const settings = isFields(user['settings']) ? user['settings'] : {};
  return {
    userId: textIn(user, 'id') ?? '',
    name: textIn(user, 'name') ?? null,
    timeZone: textIn(settings, 'timeZone') ?? null,
    weekStart: textIn(settings, 'weekStart') ?? null,
    dateFormat: textIn(settings, 'dateFormat') ?? null,
    timeFormat: textIn(settings, 'timeFormat') ?? null,
    defaultWorkspace: textIn(user, 'defaultWorkspace') ?? null,
  };
}
