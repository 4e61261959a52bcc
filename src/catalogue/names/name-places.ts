import type { NamedType } from '../entities/entity.js';

/** What is said in place of an id: `{"name": "Website", "client": "Acme"}`. */
export interface SaidThing {
  name: string;
  /** Of a project. */
  client?: string;
  /** Of a task. */
  project?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Kinds by the names of fields that hold their ids, without `_`, `-` and case. */
const KINDS: Readonly<Record<string, NamedType>> = {
  clientid: 'client',
  projectid: 'project',
  taskid: 'task',
  tagid: 'tag',
  userid: 'user',
  assigneeid: 'user',
  usergroupid: 'userGroup',
  groupid: 'userGroup',
};
/** In the filters of reports: `{"projects": {"ids": […]}}`. */
const FILTERS: Readonly<Record<string, NamedType>> = {
  clients: 'client',
  projects: 'project',
  tasks: 'task',
  tags: 'tag',
  users: 'user',
  usergroups: 'userGroup',
};
const DEEPEST = 6;
const SAID = new Set(['name', 'client', 'project']);

/** Of which kind the ids of a field are; undefined where it holds none. */
export function kindOfField(field: string, within: string | undefined): NamedType | undefined {
  const bare = bareName(field);
  if (bare === 'ids') return within === undefined ? undefined : FILTERS[bareName(within)];
  return KINDS[bare.replace(/ids$/, 'id')];
}

export function isSaidThing(value: unknown): value is SaidThing {
  if (!isFields(value)) return false;
  const entries = Object.entries(value);
  const isSaid = ([key, text]: [string, unknown]): boolean => SAID.has(key) && typeof text === 'string';
  return entries.length > 0 && Object.hasOwn(value, 'name') && entries.every(isSaid);
}

/** Whether somewhere in the params a name stands in place of an id. */
export function hasSaidThings(params: Fields): boolean {
  let isFound = false;
  replaceIds(params, (_kind, value) => {
    isFound ||= isSaidThing(value);
    return value;
  });
  return isFound;
}

/** Whether at this path of params a name may stand, and does. */
export function isSaidAt(path: string, value: unknown): boolean {
  if (!isSaidThing(value)) return false;
  const fields = path.replace(/\[\d+\]/g, '').split('.');
  return kindOfField(fields.at(-1) ?? '', fields.at(-2)) !== undefined;
}

/** A thing that is found may depend on what stands beside it. */
export interface Beside {
  path: string;
  /** The fields of the object that holds it, with what was replaced before. */
  fields: Fields;
  params: Fields;
}

/**
 * A copy of the params with each value that stands in place of an id replaced. Fields of tasks come last in each object, when
 * the project beside them is known.
 */
export function replaceIds(
  params: Fields,
  replace: (kind: NamedType, value: unknown, beside: Beside) => unknown,
): Record<string, unknown> {
  const walk = (value: unknown, at: { path: string; within: string | undefined; depth: number }): unknown => {
    if (at.depth > DEEPEST || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value))
      return (value as unknown[]).map((item, index) =>
        walk(item, { ...at, path: `${at.path}[${index}]`, depth: at.depth + 1 }),
      );
    return walkFields(value as Fields, at);
  };
  const walkFields = (
    value: Fields,
    { path, within, depth }: { path: string; within: string | undefined; depth: number },
  ): Record<string, unknown> => {
    const fields: Record<string, unknown> = { ...value };
    for (const field of inOrder(Object.keys(value), within)) {
      const kind = kindOfField(field, within);
      const own = path === '' ? field : `${path}.${field}`;
      const inner = value[field];
      if (kind === undefined) fields[field] = walk(inner, { path: own, within: field, depth: depth + 1 });
      else if (Array.isArray(inner))
        fields[field] = (inner as unknown[]).map((item, index) =>
          replace(kind, item, { path: `${own}[${index}]`, fields, params }),
        );
      else fields[field] = replace(kind, inner, { path: own, fields, params });
    }
    return fields;
  };
  return walkFields(params, { path: '', within: undefined, depth: 0 });
}

function inOrder(names: readonly string[], within: string | undefined): string[] {
  const isTask = (name: string): boolean => kindOfField(name, within) === 'task';
  return [...names.filter((name) => !isTask(name)), ...names.filter(isTask)];
}

function bareName(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
