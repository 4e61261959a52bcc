import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { isUnavailable } from '../storage/storage.errors.js';
import { ActionRunsRepository } from './action-runs.repository.js';
import { CommitGatherer } from './commit-gatherer.js';
import type { RunRecord } from './run-record.js';

const BEAT_EVERY_MS = 5_000;
const MOST_LATE = 10_000;

/**
 * Keeps the journal of this process's runs. Promises that a begun run is on record before `begin` resolves, that its
 * lease is renewed while it runs, and that an outcome which the database could not take is written once it can.
 */
@Injectable()
export class RunJournal implements OnModuleInit, BeforeApplicationShutdown {
  readonly #gatherer: CommitGatherer<RunRecord>;
  readonly #running = new Set<string>();
  readonly #late = new Map<string, RunRecord>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ActionRunsRepository) private readonly repository: ActionRunsRepository,
    @InjectPinoLogger('actions') private readonly log: PinoLogger,
  ) {
    this.#gatherer = new CommitGatherer((runs) => this.repository.save(runs));
  }

  onModuleInit(): void {
    this.#timer = setInterval(() => void this.beat(), BEAT_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.beat();
  }

  async begin(run: RunRecord): Promise<void> {
    await this.#gatherer.add(run);
    this.#running.add(run.id);
  }

  /** A run that is on record already, because a key was claimed with it. */
  began(run: RunRecord): void {
    this.#running.add(run.id);
  }

  /** What has happened has happened: an outcome that cannot be written now is kept and the caller answered. */
  async finish(run: RunRecord): Promise<void> {
    try {
      await this.#gatherer.add(run);
      this.#running.delete(run.id);
    } catch (error) {
      this.log.warn({ err: error, run_id: run.id }, 'The outcome of a run could not be written');
      if (isUnavailable(error) && this.#late.size < MOST_LATE) this.#late.set(run.id, run);
      else this.#running.delete(run.id);
    }
  }

  async abandon(run: RunRecord): Promise<void> {
    this.#running.delete(run.id);
    await this.repository.remove(run.id);
  }

  /** Renews the leases of what runs here and writes what is late. Public for tests. */
  async beat(): Promise<void> {
    try {
      if (this.#running.size > 0) await this.repository.renewLeases([...this.#running]);
      for (const run of this.#late.values()) {
        await this.repository.save([run]);
        this.#late.delete(run.id);
        this.#running.delete(run.id);
      }
    } catch (error) {
      this.log.warn({ err: error, late: this.#late.size }, 'Runs could not be renewed; trying again');
    }
  }
}
