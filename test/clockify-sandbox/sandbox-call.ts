import type { IndexedOperation } from '../../src/integrations/clockify/operations/operation-index.js';
import type { Entity, Fields } from './sandbox-entity.js';
import type { SandboxState } from './sandbox-state.js';

/** One checked request, as a handler sees it. */
export interface SandboxCall {
  readonly operation: IndexedOperation;
  readonly workspaceId: string;
  readonly path: Readonly<Record<string, string>>;
  /** By the types of the document: numbers, booleans, lists. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Fields;
  /** Who the key belongs to. */
  readonly user: Entity;
}

/** Answers a call with plain data, which is then brought to the documented shape and cut into pages. */
export type SandboxHandler = (call: SandboxCall, state: SandboxState) => unknown;
export type SandboxHandlers = Readonly<Record<string, SandboxHandler>>;

/** A body that is sent as it is: bytes with their type, or JSON whose shape is not the documented one. */
export class AsIs {
  constructor(
    readonly body: unknown,
    readonly contentType = 'application/json',
  ) {}
}

/** A path parameter that the operation's path certainly has. */
export function pathOf(call: SandboxCall, name: string): string {
  return call.path[name] ?? '';
}
