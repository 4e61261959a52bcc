import { jsonLength } from '../../storage/json-length.js';

/** The kinds of things that people name; all other kinds are kept as they come. */
export const NAMED_TYPES = ['client', 'project', 'task', 'tag', 'user', 'userGroup'] as const;
export type NamedType = (typeof NAMED_TYPES)[number];

export function isNamedType(type: string): type is NamedType {
  return (NAMED_TYPES as readonly string[]).includes(type);
}

/** A thing of a workspace, as the catalogue keeps it. */
export interface Entity {
  type: string;
  id: string;
  name: string;
  /** Of a project its client, of a task its project. */
  parentId: string | null;
  archived: boolean;
  /** As Clockify has it, without secrets; null where it is too large to be kept. */
  payload: Record<string, unknown> | null;
}

type Fields = Readonly<Record<string, unknown>>;

const LARGEST_PAYLOAD_CHARS = 8_000;
const LONGEST_NAME = 500;
const SECRET = /token|secret|password|apikey/i;
/** Kept as things of their own, or too large and of no use. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  project: ['tasks', 'memberships', 'client', 'user'],
  user: ['memberships', 'roles', 'profilePicture'],
};
const GONE = new Set(['INACTIVE', 'DECLINED', 'DELETED', 'ARCHIVED']);

/** What an answer, or an event, of Clockify's says about one thing; undefined where it is none. */
export function entityOf(type: string, value: unknown): Entity | undefined {
  if (!isFields(value)) return undefined;
  const id = textIn(value, 'id') ?? textIn(value, '_id');
  if (id === undefined || id.length > LONGEST_NAME) return undefined;
  return {
    type,
    id,
    name: storable(nameOf(value) ?? id).slice(0, LONGEST_NAME),
    parentId: parentOf(type, value),
    archived: isArchived(type, value),
    payload: payloadOf(type, value),
  };
}

/** The tasks that stand within a project where the answer is a full one. */
export function tasksIn(project: unknown): Entity[] {
  if (!isFields(project) || !Array.isArray(project['tasks'])) return [];
  const { id, tasks } = project as { id?: unknown; tasks: unknown[] };
  return tasks.flatMap((task) => {
    const found = isFields(task) ? entityOf('task', { projectId: id, ...task }) : undefined;
    return found ? [found] : [];
  });
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textIn(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function nameOf(fields: Fields): string | undefined {
  return ['name', 'number', 'description', 'email', 'url']
    .map((field) => textIn(fields, field))
    .find((name) => name !== undefined);
}

function parentOf(type: string, fields: Fields): string | null {
  const field = type === 'project' ? 'clientId' : type === 'task' ? 'projectId' : undefined;
  return field === undefined ? null : (textIn(fields, field) ?? null);
}

function isArchived(type: string, fields: Fields): boolean {
  if (fields['archived'] === true) return true;
  if (type === 'task') return fields['status'] === 'DONE';
  if (type !== 'user') return false;
  const statuses = [fields['status'], ...membershipsOf(fields)];
  return statuses.some((status) => typeof status === 'string' && GONE.has(status));
}

/** How a user stands with the workspace, which is asked for with the list. */
function membershipsOf(fields: Fields): unknown[] {
  const { memberships } = fields;
  if (!Array.isArray(memberships)) return [];
  return (memberships as unknown[])
    .filter(isFields)
    .filter(({ membershipType }) => membershipType === 'WORKSPACE')
    .map(({ membershipStatus }) => membershipStatus);
}

function payloadOf(type: string, fields: Fields): Record<string, unknown> | null {
  const without = new Set(LEFT_OUT[type]);
  const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !without.has(name)));
  if (jsonLength(kept, LARGEST_PAYLOAD_CHARS) > LARGEST_PAYLOAD_CHARS) return null;
  return withoutSecrets(kept) as Record<string, unknown>;
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !SECRET.test(name))
      .map(([name, inner]) => [name, withoutSecrets(inner)]),
  );
}

function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
