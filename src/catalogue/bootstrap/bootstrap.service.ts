import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { Clock } from '../../clock/clock.js';
import { newId } from '../../clock/new-id.js';
import { operationIndex } from '../../integrations/clockify/operations/operation-index.js';
import { JobQueue } from '../../queue/job-queue.js';
import { Database } from '../../storage/database.js';
import { type CatalogueConfig, catalogueConfig } from '../catalogue.config.js';
import { BootstrapNotFoundError } from '../catalogue.errors.js';
import type { CataloguePlace } from '../entities/catalogue.tables.js';
import { CatalogueWorkspacesRepository } from '../entities/catalogue-workspaces.repository.js';
import { plannedOperations, type RunKind } from './bootstrap-plan.js';
import { type OperationRow, BootstrapRunsRepository, type RunRow } from './bootstrap-runs.repository.js';

export const BOOTSTRAP_QUEUE = 'catalogue-bootstrap';

export interface BootstrapJob {
  runId: string;
}

export interface StartedRun {
  run: RunRow;
  operations: OperationRow[];
  /** Not where one was under way, which this is then. */
  isNew: boolean;
}

/** Changes of the minutes before count as well: clocks differ, and a list is not read in a moment. */
const OVERLAP_MS = 300_000;
/** Clockify tells of changes of at most so long ago. */
const LONGEST_LOOK_BACK_MS = 30 * 86_400_000;

/** Runs that fill a workspace's catalogue: begun, looked at, cancelled. */
@Injectable()
export class BootstrapService implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly runs: BootstrapRunsRepository,
    private readonly workspaces: CatalogueWorkspacesRepository,
    private readonly queue: JobQueue,
    @Inject(catalogueConfig.token) private readonly config: CatalogueConfig,
    private readonly clock: Clock,
    @InjectPinoLogger('catalogue') private readonly log: PinoLogger,
  ) {}

  /** A try ends long before its time is up: it goes on in another job. Failures are the database's. */
  onModuleInit(): void {
    this.queue.define(BOOTSTRAP_QUEUE, { retryLimit: 1_000, retryDelaySeconds: 1, retryDelayMaxSeconds: 60 });
  }

  /** One at a time for each account and workspace, over all replicas. */
  async start(
    place: CataloguePlace,
    { kind = 'full', requestedBy }: { kind?: RunKind; requestedBy: string },
  ): Promise<StartedRun> {
    const since = await this.#since(place, kind);
    const operations = plannedOperations(operationIndex(), kind, {
      hasHeavy: this.config.CATALOGUE_INCLUDE_HEAVY,
      hasTimeEntries: this.config.CATALOGUE_INCLUDE_TIME_ENTRIES,
    }).map(({ id }) => id);
    const now = this.clock.now();
    const run = await this.db.transaction().execute(async (transaction) => {
      const made = await this.runs.insert(transaction, {
        ...place,
        id: newId(),
        kind,
        requestedBy,
        since,
        operations,
        now,
      });
      if (!made) return undefined;
      await this.workspaces.change(transaction, place, {});
      await this.queue.enqueue<BootstrapJob>(BOOTSTRAP_QUEUE, [{ runId: made.id }], { transaction });
      return made;
    });
    if (run) this.log.info({ run: run.id, ...shown(place), kind }, 'A catalogue is being filled');
    return { ...(await this.status(place)), isNew: run !== undefined };
  }

  /** Of the last run that was begun. */
  async status(place: CataloguePlace): Promise<Omit<StartedRun, 'isNew'>> {
    const run = await this.runs.latest(place);
    if (!run) throw new BootstrapNotFoundError();
    return { run, operations: await this.runs.operations(run.id) };
  }

  /** What was read stays. */
  async cancel(place: CataloguePlace): Promise<Omit<StartedRun, 'isNew'>> {
    const cancelled = await this.runs.cancel(place, this.clock.now());
    if (cancelled) this.log.info({ run: cancelled.id, ...shown(place) }, 'Filling a catalogue was cancelled');
    return this.status(place);
  }

  async #since(place: CataloguePlace, kind: RunKind): Promise<Date> {
    const nowMs = this.clock.nowMs();
    const known = kind === 'changes' ? (await this.workspaces.find(place))?.changes_at : undefined;
    const sinceMs = (known?.getTime() ?? nowMs) - OVERLAP_MS;
    return new Date(Math.max(sinceMs, nowMs - LONGEST_LOOK_BACK_MS));
  }
}

function shown({ account, workspaceId }: CataloguePlace): object {
  return { account, workspace: workspaceId };
}
