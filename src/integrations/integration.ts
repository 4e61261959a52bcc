import type { SendPermit } from './send-permit.js';

/** A JSON Schema (draft 2020-12 or 7), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;
export type Params = Readonly<Record<string, unknown>>;

export interface Operation {
  /** Unique within its integration: `create_client`, `getProjects`. */
  readonly name: string;
  readonly summary: string;
  /** Schema of the params object; `execute` is only called with params that satisfy it. */
  readonly params: JsonSchema;
  readonly example: Params;
  /** Whether it can change something outside. */
  readonly isWrite: boolean;
  /** Its result is a new thing with an id of its own, which no other run may be answered with. */
  readonly isCreation?: boolean;
  /** Groups operations in the catalogue and narrows them for the model: `clients`, `reports`. */
  readonly tags: readonly string[];
  /** The name under which a list result stands in the answer of POST /actions/run: `workspaces`. */
  readonly listName?: string;
}

/** Settles whose a creation is that was found where its answer had been lost; over all replicas. */
export interface CreationClaims {
  /** Of these, what no other run was, or is about to be, answered with. Rejects where that cannot be known. */
  free(ids: readonly string[]): Promise<readonly string[]>;
  /** Whether it is this run's from now on. */
  claim(id: string): Promise<boolean>;
}

export interface ExecutionContext {
  requestId: string;
  /** As whom the integration is called, where it knows several accounts: `kind:name`. Absent for the configured one. */
  account?: string;
  /** Interactive calls go before background ones where a request budget is shared. */
  priority: 'interactive' | 'background';
  signal?: AbortSignal;
  /** The same whenever this call is made again because nobody knew its end, and never that of another call. */
  repetitionKey?: string;
  /** Of a write. Without one nobody else can carry it out meanwhile. */
  permit?: SendPermit;
  /** Of a write. */
  claims?: CreationClaims;
}

/** What a call would send, with credentials left out. */
export interface RequestPreview {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: unknown;
}

/**
 * A service that operations can be carried out in. Promises that `execute` answers plain data or throws an
 * IntegrationError that says whether the request can have had an effect, that it never blindly repeats a write, and that
 * no byte of a write leaves unless its permit is held at that moment.
 */
export interface Integration {
  readonly name: string;
  readonly summary: string;
  /** Whether credentials are there; an unconfigured integration still lists and validates. */
  readonly isConfigured: boolean;
  /** The variables of which one gives it what it needs. */
  readonly configuredBy?: readonly string[];
  /** In a stable order. Cheap to call again. */
  operations(): readonly Operation[];
  find(operation: string): Operation | undefined;
  /** Puts params where the operation wants them (a body's fields at the top level, say) before validation. */
  arrange(operation: Operation, params: Params): Params;
  preview(operation: Operation, params: Params): RequestPreview;
  execute(operation: Operation, params: Params, context: ExecutionContext): Promise<unknown>;
  /**
   * Only where callers choose the address that a call goes to: its host, with a port that is not the scheme's own, and with
   * `http://` where others can listen on the way; undefined while these params do not tell. What a secret may go to is held
   * against it.
   */
  destination?(params: Params): string | undefined;
  /** Whether the write may be done again although it may have been done; not, where there is no such method. */
  isRepeatable?(operation: Operation, params: Params): boolean;
  /**
   * The time zone of the account, where there is one. A window that a reading operation is given is read there as a clock on
   * the wall shows it, whatever its offset.
   */
  accountZone?(context: ExecutionContext): Promise<string | undefined>;
  /**
   * For a write that was cut off, by the death of its process, some time after `since`: reads what it has left behind.
   * Its result; null where it certainly had no effect; undefined, or no such method, where that cannot be told.
   */
  readBack?(operation: Operation, params: Params, context: ReadBackContext): Promise<ReadBack>;
}

export interface ReadBackContext extends ExecutionContext {
  since: Date;
  /** By performance.now(): nothing of the cut-off write was sent after it. What was sent before may still take effect. */
  quietSinceMs: number;
}

export type ReadBack = { result: unknown } | null | undefined;

/** The token under which all integrations are injected as one array. */
export const INTEGRATIONS = Symbol('INTEGRATIONS');
