import { Inject, Injectable } from '@nestjs/common';
import { SharedClock } from '../../clock/shared-clock.js';
import type { RunRow } from '../runs/flow-runs.repository.js';
import { FlowWorkRepository } from './flow-work.repository.js';
import { type FlowsConfig, flowsConfig } from '../flows.config.js';

const CHAIN_MAX = 50;

export interface Verdict {
  /** The flows that led to this run, itself last. */
  chain: readonly string[];
  isLoop: boolean;
}

/** Finds runs that were started by the webhook of another run's effect, and cuts chains in which a flow comes up too often. */
@Injectable()
export class LoopGuard {
  constructor(
    private readonly repository: FlowWorkRepository,
    @Inject(flowsConfig.token) private readonly config: FlowsConfig,
    private readonly clock: SharedClock,
  ) {}

  /** Asked when runs begin, not when they are made: by then the effect that caused them is on record. */
  async judge(runs: readonly RunRow[]): Promise<(run: RunRow) => Verdict> {
    const subjects = new Set(
      runs.filter((run) => run.origin === 'event').flatMap((run) => run.subject_id ?? []),
    );
    const since = new Date(this.clock.nowMs() - this.config.FLOW_CHAIN_WINDOW_SECONDS * 1000);
    const effects = await this.repository.chainsOf([...subjects], since);
    const chains = new Map<string, string[]>();
    for (const { entity_id: id, chain } of effects) {
      if (chain.length > (chains.get(id)?.length ?? 0)) chains.set(id, chain);
    }
    return (run) => {
      const before = run.origin === 'event' ? (chains.get(run.subject_id ?? '') ?? []) : [];
      const chain = [...before, ...run.chain].slice(-CHAIN_MAX);
      const times = chain.filter((flowId) => flowId === run.flow_id).length;
      return { chain, isLoop: before.length > 0 && times > this.config.FLOW_MAX_CHAIN };
    };
  }
}
