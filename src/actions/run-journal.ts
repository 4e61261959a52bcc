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
  /** On record perhaps, but never sent. */
  readonly #unsent = new Set<string>();
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

  /** Puts the run on record by `write`, or else sees to it that no record of it stays. */
  async begin<T>(
    run: RunRecord,
    write: () => Promise<T> = () => this.#gatherer.add(run) as Promise<T>,
  ): Promise<T> {
    this.#running.add(run.id);
    try {
      return await write();
    } catch (error) {
      // The commit may have gone through and only its confirmation been lost; nothing was sent all the same.
      this.#forget(run);
      throw error;
    }
  }

  /** The run was never on record: another has its key. */
  yielded(run: RunRecord): void {
    this.#running.delete(run.id);
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

  /** Takes a run off the record that came to nothing before anything was called. */
  async abandon(run: RunRecord): Promise<void> {
    this.#forget(run);
    await this.#removeUnsent().catch((error: unknown) => {
      this.log.warn({ err: error, run_id: run.id }, 'A run that came to nothing stays on record for now');
    });
  }

  #forget(run: RunRecord): void {
    this.#running.delete(run.id);
    this.#unsent.add(run.id);
  }

  async #removeUnsent(): Promise<void> {
    if (this.#unsent.size === 0) return;
    const ids = [...this.#unsent];
    await this.repository.remove(ids);
    for (const id of ids) this.#unsent.delete(id);
  }

  /** Renews the leases of what runs here and writes what is late. Public for tests. */
  async beat(): Promise<void> {
    try {
      await this.#removeUnsent();
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
