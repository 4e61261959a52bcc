import { AsIs, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Fields, listOf, textOf } from '../sandbox-entity.js';
import type { Change, SandboxState } from '../sandbox-state.js';

/** What was created, updated or deleted; its pages are counted from zero. */
export const changeLogHandlers: SandboxHandlers = {
  getCreatedEntityInfo: (call, state) => new AsIs({ response: changes(call, state, 'created') }),
  getUpdatedEntityInfo: (call, state) => new AsIs({ response: changes(call, state, 'updated') }),
  getDeletedEntityInfo: (call, state) => ({ response: changes(call, state, 'deleted') }),
};

function changes(call: SandboxCall, state: SandboxState, kind: Change['kind']): Fields[] {
  const { type, start, end, page = 0, limit = 50 } = call.query;
  const types = new Set(listOf(type));
  const fromMs = textOf(start) === undefined ? -Infinity : Date.parse(String(start));
  const toMs = textOf(end) === undefined ? Infinity : Date.parse(String(end));
  const wanted = state
    .changes(call.workspaceId)
    .filter((change) => change.kind === kind && change.atMs >= fromMs && change.atMs <= toMs)
    .filter((change) => types.has(documentCode(change)));
  const first = Number(page) * Number(limit);
  return wanted.slice(first, first + Number(limit)).map((change) => ({
    id: change.document.id,
    documentCode: documentCode(change),
    document: change.document,
    deletedAt: kind === 'deleted' ? new Date(change.atMs).toISOString() : null,
  }));
}

/** `timeEntries` as `TIME_ENTRY`. */
function documentCode({ collection }: Change): string {
  const words = collection.replace(/([A-Z])/g, '_$1').toUpperCase();
  return words.replace(/IES$/, 'Y').replace(/S$/, '');
}
