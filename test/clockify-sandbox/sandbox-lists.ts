import { type SandboxCall } from './sandbox-call.js';
import { type Entity, type Fields, textOf } from './sandbox-entity.js';
import { invalid } from './sandbox-refusal.js';
import type { SandboxState } from './sandbox-state.js';

/** The filters that most lists share: a part of the name (or all of it), and archived or not. */
export function filtered(call: SandboxCall, entities: readonly Entity[]): Entity[] {
  const { name, archived, 'strict-name-search': isStrict } = call.query;
  const part = textOf(name)?.toLowerCase();
  return entities.filter((entity) => {
    // Left out, archived ones are listed too.
    if (archived !== undefined && archived !== '' && Boolean(entity['archived']) !== archived) return false;
    if (part === undefined) return true;
    const own = String(entity['name']).toLowerCase();
    return isStrict === true ? own === part : own.includes(part);
  });
}

/** By `sort-column` and `sort-order`, by the given field without them. */
export function sorted(call: SandboxCall, entities: readonly Entity[], byDefault = 'name'): Entity[] {
  const column = textOf(call.query['sort-column']);
  const field = column ? fieldNamed(column) : byDefault;
  const direction = call.query['sort-order'] === 'DESCENDING' ? -1 : 1;
  return [...entities].sort((a, b) => direction * compare(a[field], b[field]));
}

function fieldNamed(column: string): string {
  return column
    .toLowerCase()
    .replace(/_lowercase$/, '')
    .replace(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a ?? '').toLowerCase(), String(b ?? '').toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

export interface NameClaim {
  workspaceId: string;
  collection: string;
  label: string;
  name: unknown;
  /** The one that may keep its name. */
  exceptId?: string;
  /** Names are taken among these only, as a task's are within its project. */
  among?: (entity: Entity) => boolean;
}

/** Names are taken until their owner is deleted; archiving frees nothing. */
export function claimName(state: SandboxState, claim: NameClaim): void {
  const { workspaceId, collection, label, name, exceptId, among = () => true } = claim;
  if (typeof name !== 'string' || name.trim() === '') throw invalid(`${label} name can't be empty`);
  for (const entity of state.all(workspaceId, collection).values()) {
    if (entity['name'] === name && entity.id !== exceptId && among(entity)) {
      throw invalid(`${label} with name '${name}' already exists`);
    }
  }
}

/** A body's fields without those that are not there. */
export function given(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
