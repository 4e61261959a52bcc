import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { listOf } from '../sandbox-entity.js';
import { claimName, filtered, sorted } from '../sandbox-lists.js';
import type { SandboxState } from '../sandbox-state.js';

export const tagHandlers: SandboxHandlers = {
  getTags(call, state) {
    const excluded = new Set(listOf(call.query['excluded-ids']?.toString().split(',')));
    const tags = state.list(call.workspaceId, 'tags').filter((tag) => !excluded.has(tag.id));
    return sorted(call, filtered(call, tags));
  },

  getTag: (call, state) => state.get(call.workspaceId, 'tags', pathOf(call, 'id')),

  createNewTag(call, state) {
    claim(call, state);
    const tag = state.add(call.workspaceId, 'tags', { name: call.body['name'], archived: false });
    state.emit(call.workspaceId, 'NEW_TAG', tag);
    return tag;
  },

  updateTag(call, state) {
    const id = pathOf(call, 'id');
    const before = state.get(call.workspaceId, 'tags', id);
    const name = call.body['name'] ?? before['name'];
    claim(call, state, name, id);
    // Replaces: a rename that says nothing about it takes the tag out of the archive.
    const tag = state.change(call.workspaceId, 'tags', id, {
      name,
      archived: call.body['archived'] ?? false,
    });
    state.emit(call.workspaceId, 'TAG_UPDATED', tag);
    return tag;
  },

  deleteTag(call, state) {
    const tag = state.remove(call.workspaceId, 'tags', pathOf(call, 'id'));
    state.emit(call.workspaceId, 'TAG_DELETED', tag);
    return tag;
  },
};

function claim(
  call: SandboxCall,
  state: SandboxState,
  name: unknown = call.body['name'],
  exceptId = '',
): void {
  claimName(state, { workspaceId: call.workspaceId, collection: 'tags', label: 'Tag', name, exceptId });
}
