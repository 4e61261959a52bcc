import type { AppRequest, Bound, Caller, Scope } from '../observability/request-context.js';
import { ForbiddenError, UnauthorizedError } from './access.errors.js';
import { BOUNDS } from './scope.js';

/** An operation as far as scopes go. */
export interface ReachedOperation {
  integration: string;
  operation: string;
}

/**
 * What a caller gets to see and do: the one place that knows what a scope means. Services ask it, whichever door the call
 * came through. Promises that what lies outside is refused by the name of its bound; that a list can be chosen by it in SQL;
 * and that a bound key reaches nothing of a kind that none of its bounds is about.
 */
export class Reach {
  /** Of the service itself, and of callers whose key is bound to nothing. */
  static readonly ALL = new Reach({});

  readonly #scope: Scope;
  readonly seesPayloads: boolean;

  constructor({ scope, seesNoPayloads }: Pick<Caller, 'scope' | 'seesNoPayloads'>) {
    this.#scope = scope ?? {};
    this.seesPayloads = seesNoPayloads !== true;
  }

  /** Some bound of the key, where it has any. */
  get anyBound(): Bound | undefined {
    return BOUNDS.find((bound) => this.#scope[bound] !== undefined);
  }

  /** Whether it may carry out actions by itself, as far as they are within. */
  get actsDirectly(): boolean {
    return this.#isAbout(['workspaces', 'integrations', 'operations']);
  }

  /** What is within a bound; undefined where everything is. */
  within(bound: Exclude<Bound, 'flows'>): readonly string[] | undefined {
    return this.#scope[bound];
  }

  get flows(): readonly string[] | undefined {
    return this.#scope.flows ?? (this.#isAbout(['flows', 'integrations', 'operations']) ? undefined : []);
  }

  /** Of which sources it sees events. */
  get eventSources(): readonly string[] | undefined {
    return this.#isAbout(['workspaces', 'sources']) ? this.#scope.sources : [];
  }

  /** What belongs to nothing lies outside of a bound. */
  has(bound: Bound, name: string | null): boolean {
    const within = bound === 'flows' ? this.flows : this.#scope[bound];
    return within === undefined || (name !== null && within.includes(name));
  }

  demand(bound: Bound, name: string | null): void {
    if (!this.has(bound, name)) throw ForbiddenError.outOfScope(bound);
  }

  hasOperation({ integration, operation }: ReachedOperation): boolean {
    return this.has('integrations', integration) && this.has('operations', `${integration}.${operation}`);
  }

  demandOperation({ integration, operation }: ReachedOperation): void {
    this.demand('integrations', integration);
    this.demand('operations', `${integration}.${operation}`);
  }

  /** To carry out an action, or have one carried out, that is no flow's; `workspaceId` null where it has none. */
  demandAction(action: ReachedOperation & { workspaceId: string | null }): void {
    this.demandDirectly(action);
    this.demand('workspaces', action.workspaceId);
  }

  /** The same, as far as it can be asked before the params are read. */
  demandDirectly(operation: ReachedOperation): void {
    if (!this.actsDirectly) throw ForbiddenError.outOfScope(this.anyBound ?? 'operations');
    this.demandOperation(operation);
  }

  #isAbout(bounds: readonly Bound[]): boolean {
    return this.anyBound === undefined || bounds.some((bound) => this.#scope[bound] !== undefined);
  }
}

/** Of whoever sent the request. */
export function reachOf({ context }: AppRequest): Reach {
  const { caller } = context;
  if (caller === undefined) throw UnauthorizedError.missing();
  const isBound = caller.scope !== undefined || caller.seesNoPayloads === true;
  return isBound ? new Reach(caller) : Reach.ALL;
}
