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
  // The document asks for CLIENTS, PROJECTS, TAGS and TASKS, and for TIME_ENTRY.
  const types = new Set(listOf(type).map((name) => String(name).replace(/S$/, '')));
  const fromMs = textOf(start) === undefined ? -Infinity : Date.parse(String(start));
  const toMs = textOf(end) === undefined ? Infinity : Date.parse(String(end));
  const within = state
    .changes(call.workspaceId)
    .filter((change) => change.atMs >= fromMs && change.atMs <= toMs && types.has(documentCode(change)));
  const first = Number(page) * Number(limit);
  return told(within, kind)
    .slice(first, first + Number(limit))
    .map((change) => ({
      id: change.document.id,
      documentCode: documentCode(change),
      document: state.find(call.workspaceId, change.collection, change.document.id) ?? change.document,
      deletedAt: kind === 'deleted' ? new Date(change.atMs).toISOString() : null,
    }));
}

/** Each thing once; one that was created in the period is not told of as updated, too. */
function told(changes: readonly Change[], kind: Change['kind']): Change[] {
  const created = new Set(
    changes.filter((change) => change.kind === 'created').map(({ document }) => document.id),
  );
  const wanted = changes.filter(
    (change) => change.kind === kind && (kind !== 'updated' || !created.has(change.document.id)),
  );
  return [...new Map(wanted.map((change) => [change.document.id, change])).values()];
}

/** `timeEntries` as `TIME_ENTRY`. */
function documentCode({ collection }: Change): string {
  const words = collection.replace(/([A-Z])/g, '_$1').toUpperCase();
  return words.replace(/IES$/, 'Y').replace(/S$/, '');
}
