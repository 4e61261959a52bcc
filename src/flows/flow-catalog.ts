import { Injectable } from '@nestjs/common';
import { Batcher } from '../storage/batcher.js';
import { currentWorkspace, outsideWorkspace } from '../storage/workspace.js';
import type { FlowDefinition } from './document/flow-definition.js';
import { type FlowRow, FlowsRepository } from './flows.repository.js';

const VERSIONS_MAX = 2000;

/** The flows in memory. Promises what was committed when it is asked, by asking the database for its revision each time. */
@Injectable()
export class FlowCatalog {
  #revision: string | undefined;
  #flows: readonly FlowRow[] = [];
  readonly #versions = new Map<string, FlowDefinition>();
  readonly #refresher = new Batcher<null, readonly FlowRow[]>(
    async (calls) => {
      const flows = await this.#refresh();
      return calls.map(() => flows);
    },
    { perCall: 10_000, inFlight: 1 },
  );

  constructor(private readonly repository: FlowsRepository) {}

  /** All flows that are not deleted, in the order of their creation. */
  current(): Promise<readonly FlowRow[]> {
    return this.#refresher.add(null);
  }

  /**
   * By id, or by a name that only one flow has. In the work of a workspace its own; otherwise all by their ids, and the
   * operator's by name, so that no workspace takes a name from it.
   */
  async find(idOrName: string): Promise<FlowRow | undefined> {
    const flows = await this.current();
    const workspaceId = currentWorkspace() ?? null;
    const own = flows.filter(({ workspace_id }) => workspace_id === workspaceId);
    const byId = workspaceId === null ? flows.find(({ id }) => id === idOrName) : undefined;
    return byId ?? findFlow(own, idOrName);
  }

  /** Which workspace a flow is of, also when it was deleted; null where it is the operator's. */
  ownerOf(flowId: string): Promise<string | null> {
    return outsideWorkspace(() => this.repository.ownerOf(flowId));
  }

  /** The definitions that runs have started with; a version never changes, so it is kept. */
  async definitions(
    wanted: readonly { flowId: string; version: number }[],
  ): Promise<(flowId: string, version: number) => FlowDefinition | undefined> {
    const missing = new Map(
      wanted
        .filter(({ flowId, version }) => !this.#versions.has(keyOf(flowId, version)))
        .map((pair) => [keyOf(pair.flowId, pair.version), pair]),
    );
    if (missing.size > 0) {
      if (this.#versions.size + missing.size > VERSIONS_MAX) this.#versions.clear();
      const rows = await outsideWorkspace(() => this.repository.versions([...missing.values()]));
      for (const row of rows) {
        this.#versions.set(keyOf(row.flow_id, row.version), row.definition);
      }
    }
    const found = new Map(
      wanted.map(({ flowId, version }) => [
        keyOf(flowId, version),
        this.#versions.get(keyOf(flowId, version)),
      ]),
    );
    return (flowId, version) => found.get(keyOf(flowId, version));
  }

  async #refresh(): Promise<readonly FlowRow[]> {
    const revision = await this.repository.revision();
    if (revision !== this.#revision) {
      this.#flows = await this.repository.all();
      // Read before the flows were: what changed in between is read again next time.
      this.#revision = revision;
    }
    return this.#flows;
  }
}

/** By id, or by a name that only one flow has. */
export function findFlow(flows: readonly FlowRow[], idOrName: string): FlowRow | undefined {
  const byId = flows.find((flow) => flow.id === idOrName);
  if (byId) return byId;
  const named = flows.filter((flow) => flow.name === idOrName);
  return named.length === 1 ? named[0] : undefined;
}

function keyOf(flowId: string, version: number): string {
  return `${flowId}@${version}`;
}
