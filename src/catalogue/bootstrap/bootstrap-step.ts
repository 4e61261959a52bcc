import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { operationIndex } from '../../integrations/clockify/operations/operation-index.js';
import { Database } from '../../storage/database.js';
import { type CatalogueConfig, catalogueConfig } from '../catalogue.config.js';
import { CatalogueWorkspacesRepository } from '../entities/catalogue-workspaces.repository.js';
import { EntitiesRepository } from '../entities/entities.repository.js';
import { judge, type Judgement } from './bootstrap-failure.js';
import { type ReadPage, typesOf } from './bootstrap-page.js';
import { isChanges, type Surroundings, WORKSPACE } from './bootstrap-plan.js';
import { BootstrapReader } from './bootstrap-reader.js';
import {
  BootstrapRunsRepository,
  type OperationNews,
  type OperationRow,
  type RunRow,
} from './bootstrap-runs.repository.js';

/** What came of a step: go on at once, go on later, or no more at all. */
export type StepEnd = { kind: 'go_on' } | Exclude<Judgement, { kind: 'give_up' }>;

type Answer = ReadPage & { number: number };

/**
 * One request of a run. Promises that what it brought and how far the list has come are committed together, and only
 * while the run is this process's: whoever takes over asks for no page twice that was committed.
 */
@Injectable()
export class BootstrapStep {
  constructor(
    private readonly db: Database,
    private readonly runs: BootstrapRunsRepository,
    private readonly entities: EntitiesRepository,
    private readonly workspaces: CatalogueWorkspacesRepository,
    private readonly reader: BootstrapReader,
    @Inject(catalogueConfig.token) private readonly config: CatalogueConfig,
    private readonly clock: Clock,
  ) {}

  async take(run: RunRow, row: OperationRow, signal: AbortSignal): Promise<StepEnd> {
    const askedAt = this.clock.now();
    const request = { row, account: run.account, requestId: run.id, signal };
    let answer: Answer;
    try {
      answer = await this.reader.read({ ...request, around: await this.#around(run) });
    } catch (error) {
      signal.throwIfAborted();
      return this.#failed(run, row, judge(error, row));
    }
    await this.#commit(run, row, { answer, askedAt });
    return { kind: 'go_on' };
  }

  async #around(run: RunRow): Promise<Surroundings> {
    const place = { account: run.account, workspaceId: run.workspace_id };
    const { profile } = (await this.workspaces.find(place)) ?? {};
    return {
      workspaceId: run.workspace_id,
      userId: profile?.userId ?? '',
      now: this.clock.now(),
      since: run.since,
    };
  }

  async #commit(
    run: RunRow,
    row: OperationRow,
    { answer, askedAt }: { answer: Answer; askedAt: Date },
  ): Promise<void> {
    const place = { account: run.account, workspaceId: run.workspace_id };
    const news = this.#newsOf(row, answer);
    await this.db.transaction().execute(async (transaction) => {
      await this.runs.demand(transaction, run);
      const { entities, removed, profile } = answer;
      const isPartial = isChanges(row.operation);
      const sighting = { at: askedAt, runId: run.id, isPartial };
      await this.entities.put(transaction, place, { entities, sighting });
      await this.entities.remove(transaction, place, { entities: removed, at: askedAt });
      if (profile) await this.workspaces.change(transaction, place, { profile });
      const name = row.operation === WORKSPACE ? entities[0]?.name : undefined;
      if (name !== undefined) await this.workspaces.change(transaction, place, { name });
      if (news.status === 'done' && !isChanges(row.operation)) {
        const types = typesOf(operationIndex().get(row.operation));
        const since = run.started_at ?? run.created_at;
        await this.entities.removeUnseen(transaction, place, { types, runId: run.id, since });
      }
      await this.runs.noteRequest(transaction, run, { position: row.position, news });
    });
  }

  #newsOf(row: OperationRow, { isLast, number, digest, entities, removed }: Answer): OperationNews {
    const first = operationIndex().get(row.operation).paging?.first ?? 0;
    const isCutOff = !isLast && number - first + 1 >= this.config.CATALOGUE_MAX_PAGES;
    const isOver = isLast || isCutOff;
    return {
      cursor: number + 1,
      lastPage: digest,
      entities: entities.length + removed.length,
      attempts: 0,
      ...(isOver ? { status: isCutOff ? 'cut_off' : 'done', finishedAt: this.clock.now() } : {}),
    };
  }

  /** What waits for the budget was not sent, and is no failure of the operation. */
  async #failed(run: RunRow, { position, attempts }: OperationRow, judgement: Judgement): Promise<StepEnd> {
    if (judgement.kind === 'stop' || (judgement.kind === 'wait' && !judgement.isFailure)) return judgement;
    const { error } = judgement;
    const news: OperationNews =
      judgement.kind === 'give_up'
        ? { status: judgement.status, error, finishedAt: this.clock.now() }
        : { attempts: attempts + 1, error };
    await this.db.transaction().execute(async (transaction) => {
      await this.runs.demand(transaction, run);
      await this.runs.noteRequest(transaction, run, { position, news });
    });
    return judgement.kind === 'give_up' ? { kind: 'go_on' } : judgement;
  }
}
