import { type Entity, type Fields, listOf } from '../sandbox-entity.js';
import type { SandboxState } from '../sandbox-state.js';

/** An entry with its project, task, tags and user in place of their ids' meaning; richer than the documented shape. */
export function hydrated(entry: Entity, workspaceId: string, state: SandboxState): Fields {
  return {
    ...entry,
    project: state.find(workspaceId, 'projects', entry['projectId']) ?? null,
    task: state.find(workspaceId, 'tasks', entry['taskId']) ?? null,
    tags: listOf(entry['tagIds']).flatMap((id) => state.find(workspaceId, 'tags', id) ?? []),
    user: state.find('', 'users', entry['userId']) ?? null,
  };
}

/** The body of a time entry's webhook: the hydrated entry without what only answers have. */
export function eventOf(entry: Entity, workspaceId: string, state: SandboxState): Fields {
  const {
    type: _type,
    kioskId: _kioskId,
    invoiced: _invoiced,
    ...rest
  } = hydrated(entry, workspaceId, state);
  const user = rest['user'] as Entity | null;
  return { ...rest, user: user && { id: user.id, name: user['name'], status: 'ACTIVE' } };
}
